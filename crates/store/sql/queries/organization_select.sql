SELECT side FROM organization WHERE one = 1
