-- Everything in the schema goes with it. Its name needs no quotes.
DROP SCHEMA IF EXISTS {schema} CASCADE
