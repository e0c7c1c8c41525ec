ALTER TABLE thing ADD COLUMN note varchar(20);
