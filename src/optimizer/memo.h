// Remembers what took long to measure, in a file, so that work that was cut off goes on where it stopped.
//
// File      one JSON object {"key": "text"}, replaced as a whole after each new entry; one that cannot be read counts
// as
//           empty.
// Threads   one.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "eval/evaluate.h"

namespace verge::optimizer {

// SHA-256 of parts, each with its length, as hexadecimal digits.
std::string DigestOf(std::initializer_list<std::string_view> parts);

class Memo {
 public:
  // "": nothing is kept between calls.
  explicit Memo(std::string path);

  // Null when there is none.
  const std::string* Find(const std::string& key) const;
  Status Store(const std::string& key, std::string text);
  // The work is done: removes the file.
  Status Forget() const;

 private:
  std::string path_;
  std::map<std::string, std::string> entries_;
};

// An evaluation's outcome to text and back; one without figures when the text cannot be read.
std::string MeasurementToText(const eval::Measurement& measurement);
eval::Measurement MeasurementFromText(std::string_view text);

}  // namespace verge::optimizer
