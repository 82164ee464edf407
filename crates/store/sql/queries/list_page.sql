SELECT {keys} FROM {from}{filter} ORDER BY {order} LIMIT {limit} OFFSET {offset}
