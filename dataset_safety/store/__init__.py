"""The database, durable files named by content, the audit log's append: the only room that knows SQL and file layouts."""
