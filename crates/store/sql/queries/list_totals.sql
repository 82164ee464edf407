SELECT {group}, COUNT(*), CAST(MAX({key}) AS TEXT){sums} FROM {from}{filter}
GROUP BY {group} ORDER BY {group}
