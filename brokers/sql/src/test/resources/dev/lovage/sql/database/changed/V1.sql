CREATE TABLE thing (id ${serial});
