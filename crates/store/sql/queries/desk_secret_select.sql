SELECT secret FROM desk_secret WHERE one = 1
