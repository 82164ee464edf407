SELECT name, kind, standing, worked_on, findings FROM file_outcome WHERE digest = ?1
