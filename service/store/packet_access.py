"""Who looked at packets, or tried to: one row for each access, written before its answer leaves."""

from __future__ import annotations

from sqlalchemy import insert

from service.errors import StoreUnavailable
from service.store.database import Database, RecordRefused
from service.store.evaluations import USER_TYPE, stored_text
from service.store.keys import Keys
from service.store.models import Row
from service.store.packet_models import PacketAccess
from service.store.packet_records import Access
from service.store.packet_rows import hashed


def insert_access(database: Database, keys: Keys, access: Access) -> None:
    """Write one access; raises StoreUnavailable."""
    caller, user = access.who
    typed = USER_TYPE.search(user)
    row: Row = {
        "time": access.time,
        "issuer": stored_text(caller.issuer),
        "tenant": stored_text(caller.tenant),
        "subject_hash": hashed(keys, "user", caller, caller.subject),
        "user_type": typed.group(1) if typed else "",
        "user_hash": hashed(keys, "user", caller, user),
        "action": access.action,
        "packet_id": access.packet,
        "status": access.status,
        "word": access.word,
    }
    try:
        with database.writing() as connection:
            connection.execute(insert(PacketAccess), [row])
    except RecordRefused as fault:
        raise StoreUnavailable("The access could not be recorded, so it is not allowed.") from fault
