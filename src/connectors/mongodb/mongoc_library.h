// SPDX-License-Identifier: Apache-2.0
// libmongoc: started once, ended at exit, its log lines sent to a Logger instead of stderr; owners for its handles.
// Only this folder includes libmongoc.
#pragma once

#include <mongoc/mongoc.h>

#include <memory>

#include "base/log.h"
#include "bson/document.h"

namespace penstock::mongo {

// Every use of libmongoc stands in the life of such an object. What libmongoc logs on this thread meanwhile goes to
// `log` at debug level. The handler of libmongoc is one for the whole process; the logger of a sink is not.
class LibraryScope {
 public:
  explicit LibraryScope(Logger& log);
  ~LibraryScope();
  LibraryScope(const LibraryScope&) = delete;
  LibraryScope& operator=(const LibraryScope&) = delete;

 private:
  Logger* previous_;
};

template <auto destroy>
struct Destroyer {
  template <typename T>
  void operator()(T* handle) const {
    destroy(handle);
  }
};
using UriHandle = std::unique_ptr<mongoc_uri_t, Destroyer<mongoc_uri_destroy>>;
using ClientHandle = std::unique_ptr<mongoc_client_t, Destroyer<mongoc_client_destroy>>;
using WriteConcernHandle = std::unique_ptr<mongoc_write_concern_t, Destroyer<mongoc_write_concern_destroy>>;

// A bson_t that is always initialised and freed: replies, options.
class Bson {
 public:
  Bson() { bson_init(&bson_); }
  ~Bson() { bson_destroy(&bson_); }
  Bson(const Bson&) = delete;
  Bson& operator=(const Bson&) = delete;
  bson_t* get() { return &bson_; }
  const bson_t* get() const { return &bson_; }
  // For calls that initialise their output: frees first.
  bson_t* out() {
    bson_destroy(&bson_);
    return &bson_;
  }
  // The bytes come from libmongoc, which has checked their lengths when it read them off the wire.
  Document view() const { return Document(reinterpret_cast<const char*>(bson_get_data(&bson_))); }

 private:
  bson_t bson_;
};

}  // namespace penstock::mongo
