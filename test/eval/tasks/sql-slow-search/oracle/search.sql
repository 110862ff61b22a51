SELECT t.id, t.title, (
  SELECT m.text FROM messages m WHERE m.ticket_id = t.id ORDER BY m.sent_at DESC, m.id DESC LIMIT 1
) AS last
FROM tickets t
WHERE lower(t.team) = lower(:team) AND t.state = 'open'
ORDER BY t.opened_at DESC, t.id DESC
LIMIT 20;
