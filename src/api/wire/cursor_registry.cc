// SPDX-License-Identifier: Apache-2.0
#include "api/wire/cursor_registry.h"

#include <limits>
#include <utility>

namespace penstock {
namespace {

constexpr size_t kCursorsMax = 10'000;
constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kIdleMax = 600 * kSecond;
constexpr int64_t kIdleSampleMax = 60 * kSecond;

bool is_idle(const OpenCursor& cursor, int64_t now) {
  return now - cursor.used_ns > (cursor.tap ? kIdleSampleMax : kIdleMax);
}

}  // namespace

CursorRegistry::CursorRegistry(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

CursorRegistry::~CursorRegistry() {
  end_if([](const OpenCursor&) { return true; });
}

Result<int64_t> CursorRegistry::keep(OpenCursor cursor) {
  if (size() >= kCursorsMax) end_idle();
  std::lock_guard lock(mutex_);
  if (cursors_.size() >= kCursorsMax) {
    return Error(ErrorCode::kExceededMemoryLimit,
                 "{} cursors are open, no more are possible: read them to the end or "
                 "kill them",
                 cursors_.size());
  }
  cursor.used_ns = clock_.monotonic_ns();
  do {
    cursor.id = static_cast<int64_t>(random_.next() & static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
  } while (cursor.id == 0 || cursors_.contains(cursor.id));
  int64_t id = cursor.id;
  cursors_.emplace(id, std::move(cursor));
  return id;
}

Result<OpenCursor> CursorRegistry::take(int64_t id, std::string_view user) {
  std::lock_guard lock(mutex_);
  auto at = cursors_.find(id);
  if (at == cursors_.end()) return Error(ErrorCode::kCursorNotFound, "cursor id {} not found", id);
  if (at->second.user != user) {
    return Error(ErrorCode::kUnauthorized, "cursor id {} was not created by the authenticated user", id);
  }
  OpenCursor cursor = std::move(at->second);
  cursors_.erase(at);
  return cursor;
}

void CursorRegistry::put_back(OpenCursor cursor) {
  std::lock_guard lock(mutex_);
  cursor.used_ns = clock_.monotonic_ns();
  int64_t id = cursor.id;
  cursors_.insert_or_assign(id, std::move(cursor));
}

bool CursorRegistry::kill(int64_t id, std::string_view user) {
  Result<OpenCursor> killed = take(id, user);
  if (killed.ok() && killed->tap) killed->tap->end();
  return killed.ok();
}

void CursorRegistry::connection_closed(int32_t connection_id) {
  end_if([&](const OpenCursor& cursor) { return cursor.tap != nullptr && cursor.connection_id == connection_id; });
}

void CursorRegistry::end_idle() {
  int64_t now = clock_.monotonic_ns();
  end_if([&](const OpenCursor& cursor) { return is_idle(cursor, now); });
}

size_t CursorRegistry::size() const {
  std::lock_guard lock(mutex_);
  return cursors_.size();
}

size_t CursorRegistry::end_if(const std::function<bool(const OpenCursor&)>& ends) {
  std::vector<OpenCursor> ended;  // They are taken apart without the lock.
  {
    std::lock_guard lock(mutex_);
    for (auto at = cursors_.begin(); at != cursors_.end();) {
      if (ends(at->second)) {
        ended.push_back(std::move(at->second));
        at = cursors_.erase(at);
      } else {
        ++at;
      }
    }
  }
  for (OpenCursor& cursor : ended) {
    if (cursor.tap) cursor.tap->end();
  }
  return ended.size();
}

}  // namespace penstock
