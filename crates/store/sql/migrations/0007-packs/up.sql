-- Rule packs are found without reading every event of a half.
CREATE INDEX IF NOT EXISTS twin_event_pack ON twin_event (relationship_id, sequence)
    WHERE kind = 'pack.published';
