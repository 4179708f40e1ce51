#include "optimizer/memo.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "sys/crypto/hash.h"
#include "sys/file/file.h"

namespace verge::optimizer {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{64} << 20;

using Json = nlohmann::json;

// Strings only; anything else is left out.
std::map<std::string, std::string> ReadEntries(const std::string& path) {
  std::map<std::string, std::string> entries;
  if (path.empty() || !sys::Exists(path)) return entries;
  const Result<std::string> text = sys::ReadFile(path, kMaxFileBytes);
  if (!text.ok()) return entries;
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return entries;
  for (const auto& [key, value] : json.items()) {
    if (value.is_string()) entries[key] = value.get<std::string>();
  }
  return entries;
}

}  // namespace

std::string DigestOf(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    all += std::to_string(part.size()) + ":";
    all += part;
  }
  return sys::Sha256Hex(all);
}

Memo::Memo(std::string path) : path_(std::move(path)), entries_(ReadEntries(path_)) {}

const std::string* Memo::Find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

Status Memo::Store(const std::string& key, std::string text) {
  entries_[key] = std::move(text);
  if (path_.empty()) return Status::Ok();
  return sys::WriteFileAtomic(path_, Json(entries_).dump());
}

Status Memo::Forget() const { return path_.empty() ? Status::Ok() : sys::RemoveTree(path_); }

std::string MeasurementToText(const eval::Measurement& measurement) {
  Json figures = Json::array();
  for (const eval::Figure& figure : measurement.figures) {
    Json one = {{"name", figure.name}, {"value", figure.value}};
    if (figure.interval) one["interval"] = {figure.interval->lo, figure.interval->hi};
    figures.push_back(std::move(one));
  }
  Json results = Json::array();
  for (const eval::ItemResult& result : measurement.results) results.push_back({result.score, result.answer});
  return Json{{"items", measurement.items}, {"figures", figures}, {"results", results}}.dump();
}

eval::Measurement MeasurementFromText(std::string_view text) {
  eval::Measurement measurement;
  const Json json = Json::parse(text, nullptr, false);
  const Json none;
  const auto list = [&](const char* name) -> const Json& {
    return json.is_object() && json.contains(name) && json[name].is_array() ? json[name] : none;
  };
  if (!json.is_object() || !json.contains("items") || !json["items"].is_number_unsigned()) return {};
  measurement.items = json["items"].get<size_t>();
  for (const Json& one : list("figures")) {
    if (!one.is_object() || !one.contains("name") || !one["name"].is_string()) return {};
    // A figure that could not be measured is null.
    const Json value = one.value("value", Json());
    eval::Figure figure{one["name"].get<std::string>(), value.is_number() ? value.get<double>() : NAN, std::nullopt};
    const Json interval = one.value("interval", Json());
    if (interval.is_array() && interval.size() == 2 && interval[0].is_number() && interval[1].is_number()) {
      figure.interval = eval::Interval{interval[0].get<double>(), interval[1].get<double>()};
    }
    measurement.figures.push_back(std::move(figure));
  }
  for (const Json& one : list("results")) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_number() || !one[1].is_number_integer()) return {};
    measurement.results.push_back({one[0].get<double>(), one[1].get<int64_t>()});
  }
  return measurement;
}

}  // namespace verge::optimizer
