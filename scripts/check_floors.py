#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuses includes that go upward or sideways, and third-party headers outside their home.

src/floors.txt lists modules bottom-up, a floor per line. A file includes its own module and lower floors only, by full
path from src/. A third-party library has one home: HOMES below.
"""
import pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / 'src'
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)

# header pattern -> (modules or files that may include it, whether tests and benchmarks may too)
HOMES = {
    r'(librdkafka/)?rdkafka.*\.h': (['connectors/kafka'], False),
    r'(mongoc|bson|libmongoc-1\.0|libbson-1\.0)[/.].*|mongoc\.h|bson\.h': (['connectors/mongodb'], True),
    r'lmdb\.h': (['kv'], False),
    r'spdlog/.*': (['base/log.cc'], False),
    r'CLI/.*|CLI11\.hpp': (['app'], False),
    r'bid_.*\.h': (['bson'], False),
    r'cctz/.*': (['time'], False),
    r'simdjson(/.*|\.h)': ([], True),
    r'boost/(asio|beast).*': (['net'], False),
    r'xxhash\.h|xxh3\.h': (['state'], False),
    r'pcre2.*\.h': (['expression'], False),
}
TEST_LIBRARIES = re.compile(r'(gtest|gmock|rapidcheck|benchmark)[/.].*')
TEST_FILE = re.compile(r'_(test|bench|fuzz)\.cc$')


def floors():
    """module -> floor number"""
    lines = [line.split('#')[0].split() for line in (SOURCE / 'floors.txt').read_text().splitlines()]
    return {module: number for number, modules in enumerate(filter(None, lines)) for module in modules}


def module_of(path, known):
    """The module of a path relative to src/: its longest known folder, or None."""
    folders = pathlib.PurePosixPath(path).parent.parts
    for n in range(len(folders), 0, -1):
        if '/'.join(folders[:n]) in known: return '/'.join(folders[:n])
    return None


def third_party_problem(file, header, test_file):
    if TEST_LIBRARIES.fullmatch(header): return None if test_file else '<%s> belongs to tests and benchmarks' % header
    for pattern, (homes, tests) in HOMES.items():
        if not re.fullmatch(pattern, header): continue
        if any(file == home or file.startswith(home + '/') for home in homes) or tests and test_file: return None
        return '<%s> belongs to %s' % (header, ', '.join(homes) or 'tests and benchmarks')
    return None


def own_problem(file, header, known):
    if '/' not in header: return '"%s": write the full path from src/' % header
    target = module_of(header, known)
    if target is None: return '"%s": no such module in src/floors.txt' % header
    if not (SOURCE / header).exists(): return None  # The compiler says it better.
    own = module_of(file, known)
    if target == own or known[target] < known[own]: return None
    return '"%s": %s lies %s %s' % (header, target, 'beside' if known[target] == known[own] else 'above', own)


def is_test(path, text):
    """Tests, benchmarks, and headers that only they may include: those that themselves include a test library."""
    if path.suffix == '.cc': return bool(TEST_FILE.search(path.name))
    return any(TEST_LIBRARIES.fullmatch(header) for _, header in INCLUDE.findall(text))


def problems():
    known, out = floors(), []
    texts = {p.relative_to(SOURCE).as_posix(): p.read_text(errors='replace')
             for p in sorted(SOURCE.rglob('*')) if p.suffix in ('.h', '.cc')}
    tests = {file for file, text in texts.items() if is_test(pathlib.PurePosixPath(file), text)}
    for file, text in texts.items():
        if module_of(file, known) is None:
            out.append('src/%s:1: its folder is not in src/floors.txt' % file)
            continue
        for number, line in enumerate(text.splitlines(), 1):
            found = INCLUDE.match(line)
            if not found: continue
            if found[1] == '<': problem = third_party_problem(file, found[2], file in tests)
            elif found[2] in tests and file not in tests: problem = '"%s" is for tests' % found[2]
            else: problem = own_problem(file, found[2], known)
            if problem: out.append('src/%s:%d: %s' % (file, number, problem))
    return out


if __name__ == '__main__':
    found = problems()
    print('\n'.join(found), end='\n' if found else '')
    sys.exit(bool(found))
