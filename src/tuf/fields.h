// Reads the fields of one JSON object of metadata; every error names the document and the field. For the sources of
// tuf.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace verge::tuf {

class Fields {
 public:
  // `object` outlives the reader. `what`: "root.json", "targets.json: delegations".
  Fields(const nlohmann::json& object, std::string what) : object_(object), what_(std::move(what)) {}

  const std::string& what() const { return what_; }
  // Null when absent.
  const nlohmann::json* Find(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto it = object_.find(name);
    return it == object_.end() ? nullptr : &*it;
  }
  Status Error(const std::string& field, const std::string& expected) const {
    return VERGE_ERROR(kDataLoss, what_ + ": " + field + ": expected " + expected);
  }
  Result<std::string> Text(const char* name, size_t max_bytes = 4096) const {
    const nlohmann::json* value = Find(name);
    const bool fits =
        value != nullptr && value->is_string() && value->get_ref<const std::string&>().size() <= max_bytes;
    if (!fits) return Error(name, "a text of at most " + std::to_string(max_bytes) + " bytes");
    return value->get<std::string>();
  }
  Result<int64_t> Int(const char* name, int64_t min, int64_t max) const {
    const nlohmann::json* value = Find(name);
    const bool is_number = value != nullptr && value->is_number_integer();
    const bool is_small = is_number && (!value->is_number_unsigned() || value->get<uint64_t>() <= uint64_t{1} << 62);
    const int64_t number = is_small ? value->get<int64_t>() : min - 1;
    if (number < min || number > max) {
      return Error(name, "an integer from " + std::to_string(min) + " to " + std::to_string(max));
    }
    return number;
  }
  Result<bool> Bool(const char* name) const {
    const nlohmann::json* value = Find(name);
    if (value == nullptr || !value->is_boolean()) return Error(name, "true or false");
    return value->get<bool>();
  }
  // An object or list of at most `max` members.
  Result<const nlohmann::json*> Object(const char* name, size_t max) const {
    const nlohmann::json* value = Find(name);
    if (value == nullptr || !value->is_object() || value->size() > max) {
      return Error(name, "an object of at most " + std::to_string(max) + " members");
    }
    return value;
  }
  Result<const nlohmann::json*> List(const char* name, size_t max) const {
    const nlohmann::json* value = Find(name);
    if (value == nullptr || !value->is_array() || value->size() > max) {
      return Error(name, "a list of at most " + std::to_string(max) + " members");
    }
    return value;
  }
  Result<std::vector<std::string>> Texts(const char* name, size_t max, size_t max_bytes) const {
    VERGE_TRY_ASSIGN(const nlohmann::json* list, List(name, max));
    std::vector<std::string> out;
    for (const nlohmann::json& item : *list) {
      if (!item.is_string() || item.get_ref<const std::string&>().size() > max_bytes) {
        return Error(name, "texts of at most " + std::to_string(max_bytes) + " bytes");
      }
      out.push_back(item.get<std::string>());
    }
    return out;
  }

 private:
  const nlohmann::json& object_;
  std::string what_;
};

}  // namespace verge::tuf
