"""All SQL: the engine, the schema and its tables, and one module for each subject that is read and written."""
