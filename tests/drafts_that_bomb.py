"""What may be typed where YAML is expected, to take a process's memory, its time, or the process."""

ANYWHERE = {
    "aliases of aliases": "a: &a [x, x]\nb: &b [*a, *a]\nrows: [*b, *b]\n",
    "a merge of an alias": "a: &a {x: 1}\n<<: [*a]\n",
    "an alias of itself": "&a [*a]",
    "60 KB of brackets": "x: " + "[" * 60_000,
    "60 KB of closed brackets": "x: " + "[" * 30_000 + "]" * 30_000,
    "a thousand documents": "--- a\n" * 30_000,
    "a class of Python": "!!python/object/apply:os.system [exit]",
    "a module of Python": "!!python/name:os.system",
    "a large binary": "a: !!binary " + "A" * 190_000,
    "digits with lines between": "a: " + "1_" * 95_000,
    "signs of a number": "a: " + "+" * 190_000,
    "a date of ones": "a: " + "1-" * 95_000,
    "a key of 199,000 signs": "a" * 199_000 + ": 1",
    "a folded text": "a: >\n" + " b\n\n" * 40_000,
    "one key 40,000 times": "a: 1\n" * 40_000,
    "half a sign": "a: \ud800",
    "nothing": "a: \0",
    "references of references": "a0: &a0 [x]\n"
    + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
}
