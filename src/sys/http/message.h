// The words both sides of HTTP share: header fields, methods, and the names of status numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verge::sys::http {

// Header fields in the order they came. Names compare without regard to ASCII case.
class Headers {
 public:
  // The first field of that name; "" when there is none.
  std::string_view Find(std::string_view name) const;
  bool Has(std::string_view name) const;
  // Replaces every field of that name by one. CR and LF in `value` become spaces, so that a value can never start a
  // new field.
  void Set(std::string_view name, std::string_view value);
  // Appends, keeping fields of the same name.
  void Add(std::string_view name, std::string_view value);

  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOther };

// "GET", ...; kOther is "OTHER".
const char* MethodName(Method method);
Method ParseMethod(std::string_view name);

// "Not Found" for 404; "Status" for numbers without a name here.
const char* ReasonOf(int status);

// True when both are the same but for ASCII case.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace verge::sys::http
