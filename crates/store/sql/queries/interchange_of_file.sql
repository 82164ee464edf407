SELECT control_number FROM interchange WHERE file_digest = ?1 ORDER BY sender, receiver, control_number LIMIT 1
