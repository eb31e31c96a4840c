"""The rights table: every route of the OpenAPI document, tried as every kind of caller on own and foreign objects."""
