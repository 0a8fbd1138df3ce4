# SPDX-License-Identifier: Apache-2.0
"""PyMongo against a server: pool.py URI DB [user password ca]. A pool of 50 connections, all busy at once."""
import concurrent.futures, datetime, sys, threading

import bson, pymongo, pymongo.errors

uri, name, *login = sys.argv[1:]
options = {}
if login:
    user, password, ca = login
    options = dict(username=user, password=password, authMechanism='SCRAM-SHA-256', tls=True, tlsCAFile=ca)
    wrong = pymongo.MongoClient(uri, **{**options, 'password': 'wrong'}, serverSelectionTimeoutMS=10_000)
    try: wrong.admin.command('listStreamProcessors', 1)
    except pymongo.errors.OperationFailure as e: assert e.code == 18, e
    else: raise AssertionError('a wrong password was taken')
    wrong.close()

client = pymongo.MongoClient(uri, maxPoolSize=50, serverSelectionTimeoutMS=10_000, **options)
coll = client[name]['people']
coll.drop()
assert coll.insert_one({'_id': 1, 'name': 'Ada', 'born': datetime.datetime(1815, 12, 10), 'n': bson.Int64(3)}).inserted_id == 1
assert len(coll.insert_many([{'name': 'p%d' % i, 'n': i, 'tags': ['a', 'b']} for i in range(1000)]).inserted_ids) == 1000
assert coll.count_documents({'n': {'$gte': 990}}) == 10
assert coll.estimated_document_count() == 1001
assert [d['n'] for d in coll.find({'n': {'$lt': 500}}, {'_id': 0, 'n': 1}).sort('n', -1).limit(3)] == [499, 498, 497]
assert len(list(coll.find({}, batch_size=17))) == 1001
assert coll.update_one({'_id': 1}, {'$set': {'city': 'London'}, '$inc': {'n': 1}}).modified_count == 1
assert coll.find_one({'_id': 1})['n'] == 4
assert coll.replace_one({'name': 'p1'}, {'name': 'q1'}).modified_count == 1
assert coll.find_one_and_update({'name': 'p2'}, {'$set': {'n': -2}}, return_document=pymongo.ReturnDocument.AFTER)['n'] == -2
assert coll.delete_many({'n': {'$gt': 900}}).deleted_count == 99
assert sorted(coll.distinct('tags')) == ['a', 'b']
assert list(coll.aggregate([{'$group': {'_id': None, 'n': {'$sum': 1}}}]))[0]['n'] == 902
coll.create_index('name', unique=False)
assert 'name_1' in coll.index_information()
try: coll.insert_one({'_id': 1})
except pymongo.errors.DuplicateKeyError as e: assert e.code == 11000, e
else: raise AssertionError('a second document with this _id was taken')
assert 'people' in client[name].list_collection_names() and name in client.list_database_names()

together = threading.Barrier(50, timeout=60)


def one(i):
    together.wait()
    for k in range(20):
        coll.insert_one({'_id': 'w%d-%d' % (i, k)})
        assert coll.find_one({'_id': 'w%d-%d' % (i, k)}) is not None
    return True


with concurrent.futures.ThreadPoolExecutor(50) as pool: assert all(pool.map(one, range(50)))
assert coll.count_documents({'_id': {'$regex': '^w'}}) == 1000
client[name].command('dropDatabase')
client.close()

for compressor in ('zlib', 'snappy', 'zstd'):
    with pymongo.MongoClient(uri, compressors=compressor, **options) as compressed:
        compressed[name]['c'].insert_one({'_id': compressor, 'text': 'x' * 100_000})
        assert len(compressed[name]['c'].find_one({'_id': compressor})['text']) == 100_000
print('passed')
