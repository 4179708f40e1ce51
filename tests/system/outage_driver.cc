// Stores numbered events in an agent's outbox as fast as it can, as a device does that nobody hears: for
// outage_test.py, which kills it. outage_driver OUTBOX FIRST COUNT TOTAL WALL_MS MAX_FILE_BYTES
//
// TOTAL events stand for ten days of a device that is on; the quota is scaled with them. Every hundredth event is an
// alert, every tenth normal, the others bulk. An alert's number is printed once the outbox has it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "agent/outbox.h"
#include "sys/clock/clock.h"

namespace {

using verge::proto::Priority;

constexpr int64_t kTenDaysMs = int64_t{10} * 24 * 3600 * 1000;
constexpr int64_t kQuotaOfAMillion = int64_t{128} << 20;

verge::proto::Event Make(int64_t number, int64_t wall_ms) {
  const Priority priority = number % 100 == 0  ? Priority::kAlert
                            : number % 10 == 0 ? Priority::kNormal
                                               : Priority::kBulk;
  const std::string data = "{\"n\":" + std::to_string(number) + ",\"text\":\"" + std::string(100, 'x') + "\"}";
  return {0, 0, "tiny", 1, priority, "numbered", wall_ms, 0, verge::proto::JsonText::Parse(data).value()};
}

int Fail(const verge::Status& status) {
  std::fprintf(stderr, "outage_driver: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const auto number_of = [&](int index) { return std::strtoll(argv[index], nullptr, 10); };
  const int64_t first = number_of(2);
  const int64_t end = first + number_of(3);
  const int64_t total = number_of(4);
  verge::sys::FakeClock clock(number_of(5));
  auto outbox = verge::agent::Outbox::Open(
      argv[1], 1,
      {.quota_bytes = kQuotaOfAMillion * total / 1'000'000, .clock = &clock, .max_file_bytes = number_of(6)});
  if (!outbox.ok()) return Fail(outbox.status());
  for (int64_t next = first; next < end;) {
    std::vector<verge::proto::Event> batch;
    const int64_t size = std::min<int64_t>(1 + next * 7919 % 61, end - next);
    for (int64_t i = 0; i < size; ++i) batch.push_back(Make(next + i, clock.WallMs()));
    verge::Status stored = outbox->Append(batch);
    // As the agent does: what cannot be stored is kept and tried again.
    for (int attempt = 0; stored.code() == verge::StatusCode::kResourceExhausted && attempt < 100; ++attempt) {
      clock.Advance(1000);
      stored = outbox->Append(batch);
    }
    if (!stored.ok()) return Fail(stored);
    for (int64_t i = next; i < next + size; ++i) {
      if (i % 100 == 0) std::printf("%lld\n", static_cast<long long>(i));
    }
    std::fflush(stdout);
    next += size;
    clock.Advance(size * kTenDaysMs / total);
  }
  return 0;
}
