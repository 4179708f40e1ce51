// Times of metadata: UTC, to the second, without the C library's locale and time zone.
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "tuf/metadata.h"

namespace verge::tuf {
namespace {

// The decimal digits at [at, at + count), or -1.
int Digits(std::string_view text, size_t at, size_t count) {
  int value = 0;
  if (at + count > text.size()) return -1;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// What may stand behind the seconds: "Z", or a fraction and "Z".
bool IsEnd(std::string_view rest) {
  if (rest == "Z") return true;
  if (rest.size() < 3 || rest.size() > 11 || rest.front() != '.' || rest.back() != 'Z') return false;
  return rest.substr(1, rest.size() - 2).find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string FormatTime(int64_t ms) {
  using namespace std::chrono;
  const sys_seconds at = floor<seconds>(sys_time<milliseconds>(milliseconds(ms)));
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return out.data();
}

Result<int64_t> ParseTime(std::string_view text) {
  using namespace std::chrono;
  const bool has_marks = text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
                         text[16] == ':' && IsEnd(text.substr(19));
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  const int month_number = Digits(text, 5, 2);
  const int day_number = Digits(text, 8, 2);
  const bool is_time = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  const year_month_day date(year(Digits(text, 0, 4)), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number)));
  if (!has_marks || !is_time || month_number < 0 || day_number < 0 || Digits(text, 0, 4) < 0 || !date.ok()) {
    return VERGE_ERROR(kDataLoss, "not a time as 2030-01-31T23:59:59Z");
  }
  const sys_seconds at = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
  return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

}  // namespace verge::tuf
