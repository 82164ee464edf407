SELECT file_digest FROM interchange WHERE sender = ?1 AND receiver = ?2 AND control_number = ?3
