#include "tuf/canonical_json.h"

#include <nlohmann/json.hpp>

namespace verge::tuf {
namespace {

void AppendString(const std::string& text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// The depth is bounded by the parser that made the value.
Status Append(const nlohmann::json& value, std::string& out) {
  switch (value.type()) {
    case nlohmann::json::value_t::null: out += "null"; return Status::Ok();
    case nlohmann::json::value_t::boolean: out += value.get<bool>() ? "true" : "false"; return Status::Ok();
    case nlohmann::json::value_t::number_integer: out += std::to_string(value.get<int64_t>()); return Status::Ok();
    case nlohmann::json::value_t::number_unsigned: out += std::to_string(value.get<uint64_t>()); return Status::Ok();
    case nlohmann::json::value_t::string: AppendString(value.get_ref<const std::string&>(), out); return Status::Ok();
    case nlohmann::json::value_t::array: {
      out += '[';
      for (size_t i = 0; i < value.size(); ++i) {
        if (i > 0) out += ',';
        VERGE_TRY(Append(value[i], out));
      }
      out += ']';
      return Status::Ok();
    }
    case nlohmann::json::value_t::object: {
      bool is_first = true;
      out += '{';
      for (const auto& [name, member] : value.items()) {  // a std::map: sorted already
        if (!is_first) out += ',';
        is_first = false;
        AppendString(name, out);
        out += ':';
        VERGE_TRY(Append(member, out));
      }
      out += '}';
      return Status::Ok();
    }
    default: return VERGE_ERROR(kDataLoss, "a number that is no integer has no canonical JSON form");
  }
}

}  // namespace

Result<std::string> CanonicalJson(const nlohmann::json& value) {
  std::string out;
  VERGE_TRY(Append(value, out));
  return out;
}

}  // namespace verge::tuf
