// SPDX-License-Identifier: Apache-2.0
#include "api/auth/login_limiter.h"

#include <algorithm>
#include <utility>

namespace penstock {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kFreeOfUser = 5;
constexpr int64_t kFreeOfAddress = 100;  // Many people may sit behind one address.
constexpr int64_t kWaitMax = 60 * kSecond;
constexpr int64_t kForgottenAfter = 600 * kSecond;
constexpr size_t kKeysMax = 10'000;

std::string_view host_of(std::string_view address) { return address.substr(0, address.rfind(':')); }

std::string key_of(std::string_view user, std::string_view address) {
  return std::string(host_of(address)).append(1, '\0').append(user.substr(0, 256));
}

// Of the address alone: no user has the empty name.
std::string key_of(std::string_view address) { return key_of("", address); }

}  // namespace

bool LoginLimiter::allows(std::string_view user, std::string_view address) {
  std::lock_guard lock(mutex_);
  int64_t now = clock_.monotonic_ns();
  return !waits(key_of(user, address), now) && !waits(key_of(address), now);
}

void LoginLimiter::failed(std::string_view user, std::string_view address) {
  std::lock_guard lock(mutex_);
  int64_t now = clock_.monotonic_ns();
  if (!user.empty()) count(key_of(user, address), kFreeOfUser, now);
  count(key_of(address), kFreeOfAddress, now);
}

void LoginLimiter::succeeded(std::string_view user, std::string_view address) {
  std::lock_guard lock(mutex_);
  failures_.erase(key_of(user, address));
}

size_t LoginLimiter::size() const {
  std::lock_guard lock(mutex_);
  return failures_.size();
}

bool LoginLimiter::waits(const std::string& key, int64_t now) const {
  auto at = failures_.find(key);
  return at != failures_.end() && now < at->second.waits_until_ns;
}

void LoginLimiter::count(std::string key, int64_t free, int64_t now) {
  auto at = failures_.find(key);
  if (at == failures_.end()) {
    if (failures_.size() >= kKeysMax) make_room(now);
    at = failures_.try_emplace(std::move(key)).first;
  }
  Failures& failures = at->second;
  if (now - failures.last_ns > kForgottenAfter) failures.count = 0;
  failures.count++;
  failures.last_ns = now;
  if (failures.count <= free) return;
  int64_t doublings = std::min<int64_t>(failures.count - free - 1, 6);
  failures.waits_until_ns = now + std::min(kSecond << doublings, kWaitMax);
}

void LoginLimiter::make_room(int64_t now) {
  std::erase_if(failures_, [&](const auto& entry) { return now - entry.second.last_ns > kForgottenAfter; });
  if (failures_.size() < kKeysMax) return;
  failures_.erase(std::ranges::min_element(
      failures_, {}, [](const auto& entry) { return std::pair(entry.second.count, entry.second.last_ns); }));
}

}  // namespace penstock
