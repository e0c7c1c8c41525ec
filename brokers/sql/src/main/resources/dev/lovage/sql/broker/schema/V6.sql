-- payloads: the digests of arguments that a message names, for itself or for what follows it, where it names any.
ALTER TABLE lovage_message ADD COLUMN payloads text;
ALTER TABLE lovage_disposed ADD COLUMN payloads text;
CREATE INDEX lovage_message_payloads ON lovage_message (id) WHERE payloads IS NOT NULL;
CREATE INDEX lovage_disposed_payloads ON lovage_disposed (id) WHERE payloads IS NOT NULL;
