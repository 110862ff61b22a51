-- What search.sql needs.
CREATE INDEX tickets_open ON tickets (lower(team), opened_at DESC, id DESC) WHERE state = 'open';
CREATE INDEX messages_of_ticket ON messages (ticket_id, sent_at DESC, id DESC);
