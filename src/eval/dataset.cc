#include "eval/dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>

#include "sys/file/file.h"

namespace verge::eval {
namespace {

constexpr uint64_t kMaxTextBytes = uint64_t{1} << 26;
constexpr size_t kMaxPoints = 10000;

std::string Place(const std::string& path, size_t line) { return path + ":" + std::to_string(line + 1); }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> Split(std::string_view line, char separator) {
  std::vector<std::string> fields;
  while (true) {
    const size_t end = std::min(line.find(separator), line.size());
    fields.emplace_back(Trim(line.substr(0, end)));
    if (end == line.size()) return fields;
    line.remove_prefix(end + 1);
  }
}

template <typename T>
bool ParseNumber(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::string WithExtension(const std::string& name, const std::string& extension) {
  return extension.empty() ? name : name.substr(0, name.find_last_of('.')) + extension;
}

std::string LastPart(const std::string& path) { return path.substr(std::min(path.find_last_of('/') + 1, path.size())); }

std::string InFolder(const DataSpec& spec, const std::string& file) {
  return spec.folder.empty() || file.starts_with('/') ? file : sys::JoinPath(spec.folder, file);
}

Result<int> ParseLabel(const std::vector<std::string>& classes, const std::string& text) {
  int label = 0;
  if (ParseNumber(text, label) && label >= 0) return label;
  return FindClass(classes, text);
}

// A class, or a text where labels are texts.
Status SetLabel(const DataSpec& spec, const Dataset& set, const std::string& text, Item& item) {
  if (spec.has_text) {
    item.text = text;
    return Status::Ok();
  }
  VERGE_TRY_ASSIGN(item.label, ParseLabel(set.classes, text));
  return Status::Ok();
}

Status AddFromCsv(const DataSpec& spec, Dataset& set) {
  VERGE_TRY_ASSIGN(const std::vector<std::string> lines, ReadLines(spec.csv.file));
  const auto file_column = static_cast<size_t>(spec.csv.file_column);
  const auto label_column = static_cast<size_t>(spec.csv.label_column);
  for (size_t i = spec.csv.has_header ? 1 : 0; i < lines.size(); ++i) {
    const std::vector<std::string> fields = Split(lines[i], ',');
    if (fields.size() <= std::max(file_column, label_column)) {
      return VERGE_ERROR(kInvalidArgument, Place(spec.csv.file, i) + ": " + std::to_string(fields.size()) +
                                               " columns, but the label is looked for in column " +
                                               std::to_string(std::max(file_column, label_column)));
    }
    Item& item = set.items.emplace_back();
    item.name = WithExtension(fields[file_column], spec.csv.extension);
    item.path = InFolder(spec, item.name);
    Status status = SetLabel(spec, set, fields[label_column], item);
    if (!status.ok()) return std::move(status).WithContext(Place(spec.csv.file, i));
  }
  return Status::Ok();
}

Status AddFromNames(const DataSpec& spec, Dataset& set) {
  std::regex pattern;
  try {
    pattern = std::regex(spec.label_pattern);
  } catch (const std::regex_error& error) {
    return VERGE_ERROR(kInvalidArgument, "'" + spec.label_pattern + "' is no regular expression: " + error.what());
  }
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(spec.folder));
  for (const std::string& name : names) {
    std::smatch match;
    if (!std::regex_match(name, match, pattern) || match.size() < 2) continue;
    std::string text = match[1];
    std::replace(text.begin(), text.end(), '_', ' ');
    Item& item = set.items.emplace_back();
    item.name = name;
    item.path = sys::JoinPath(spec.folder, name);
    Status status = SetLabel(spec, set, text, item);
    if (!status.ok()) return std::move(status).WithContext(item.path);
  }
  return Status::Ok();
}

Status ReadBoxes(const std::string& path, size_t classes, std::vector<TrueBox>& out) {
  VERGE_TRY_ASSIGN(const std::vector<std::string> lines, ReadLines(path));
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::vector<std::string> fields = Split(lines[i], ' ');
    TrueBox box;
    float v[4] = {};
    bool is_right = fields.size() == 5 && ParseNumber(fields[0], box.label);
    for (size_t k = 0; k < 4 && is_right; ++k) is_right = ParseNumber(fields[k + 1], v[k]) && std::isfinite(v[k]);
    if (!is_right || box.label < 0 || (classes > 0 && static_cast<size_t>(box.label) >= classes)) {
      return VERGE_ERROR(kInvalidArgument,
                         Place(path, i) + ": expected a class of the list, then centre and size as fractions");
    }
    box.box = {v[0] - v[2] / 2, v[1] - v[3] / 2, v[0] + v[2] / 2, v[1] + v[3] / 2};
    out.push_back(box);
  }
  return Status::Ok();
}

// A picture without a file of boxes shows nothing that is looked for.
Status AddWithBoxes(const DataSpec& spec, Dataset& set) {
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(spec.folder));
  for (const std::string& name : names) {
    Item& item = set.items.emplace_back();
    item.name = name;
    item.path = sys::JoinPath(spec.folder, name);
    const std::string boxes = sys::JoinPath(spec.boxes_folder, WithExtension(name, ".txt"));
    if (sys::Exists(boxes)) VERGE_TRY(ReadBoxes(boxes, set.classes.size(), item.boxes));
  }
  return Status::Ok();
}

// A CSV with a header that has the three columns.
Result<std::vector<KeyPoint>> ReadPoints(const std::string& path, const std::vector<std::string>& columns) {
  VERGE_TRY_ASSIGN(const std::vector<std::string> lines, ReadLines(path));
  if (lines.empty()) return VERGE_ERROR(kInvalidArgument, path + ": empty, expected a header and key points");
  const std::vector<std::string> header = Split(lines[0], ',');
  size_t at[3] = {};
  for (size_t k = 0; k < 3; ++k) {
    at[k] = static_cast<size_t>(std::find(header.begin(), header.end(), columns[k]) - header.begin());
    if (at[k] == header.size()) return VERGE_ERROR(kInvalidArgument, Place(path, 0) + ": no column " + columns[k]);
  }
  std::vector<KeyPoint> points;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> fields = Split(lines[i], ',');
    size_t index = 0;
    KeyPoint point{true, 0, 0};
    const bool is_right = fields.size() == header.size() && ParseNumber(fields[at[0]], index) && index < kMaxPoints &&
                          ParseNumber(fields[at[1]], point.x) && ParseNumber(fields[at[2]], point.y);
    if (!is_right) return VERGE_ERROR(kInvalidArgument, Place(path, i) + ": expected a number of a point, x and y");
    if (points.size() <= index) points.resize(index + 1);
    points[index] = point;
  }
  return points;
}

Status AddListed(const DataSpec& spec, Dataset& set) {
  for (const ListedItem& listed : spec.list) {
    Item& item = set.items.emplace_back();
    item.name = LastPart(listed.file);
    item.path = InFolder(spec, listed.file);
    if (!listed.label.empty()) {
      Status status = SetLabel(spec, set, listed.label, item);
      if (!status.ok()) return std::move(status).WithContext("data.list: " + listed.file);
    }
    if (!listed.mask.empty()) item.mask = InFolder(spec, listed.mask);
    if (!listed.points.empty()) {
      VERGE_TRY_ASSIGN(item.points, ReadPoints(InFolder(spec, listed.points), spec.key_points));
    }
  }
  return Status::Ok();
}

Status AddAll(const DataSpec& spec, Dataset& set) {
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(spec.folder));
  for (const std::string& name : names) {
    Item& item = set.items.emplace_back();
    item.name = name;
    item.path = sys::JoinPath(spec.folder, name);
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<std::string>> ReadLines(const std::string& path) {
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxTextBytes));
  std::vector<std::string> lines;
  size_t start = 0;
  while (start < text.size()) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(std::move(line));
    start = end + 1;
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

Result<int> FindClass(const std::vector<std::string>& classes, std::string_view name) {
  int found = -1;
  for (size_t i = 0; i < classes.size(); ++i) {
    const std::vector<std::string> names = Split(classes[i], ',');
    const bool is_it = classes[i] == name || std::find(names.begin(), names.end(), name) != names.end();
    if (!is_it) continue;
    if (found >= 0) {
      return VERGE_ERROR(kInvalidArgument, "two classes are named '" + std::string(name) +
                                               "': " + std::to_string(found) + " and " + std::to_string(i));
    }
    found = static_cast<int>(i);
  }
  if (found >= 0) return found;
  return VERGE_ERROR(kNotFound, "no class is named '" + std::string(name) + "' (data.classes lists " +
                                    std::to_string(classes.size()) + ")");
}

Result<Dataset> ReadDataset(const DataSpec& spec) {
  Dataset set;
  if (!spec.classes_file.empty()) {
    VERGE_TRY_ASSIGN(set.classes, ReadLines(spec.classes_file));
  }
  if (!spec.csv.file.empty()) {
    VERGE_TRY(AddFromCsv(spec, set));
  } else if (!spec.label_pattern.empty()) {
    VERGE_TRY(AddFromNames(spec, set));
  } else if (!spec.boxes_folder.empty()) {
    VERGE_TRY(AddWithBoxes(spec, set));
  } else if (!spec.list.empty()) {
    VERGE_TRY(AddListed(spec, set));
  } else {
    VERGE_TRY(AddAll(spec, set));
  }
  if (set.items.empty()) return VERGE_ERROR(kNotFound, "the data has no item; looked in " + spec.folder);
  return set;
}

std::vector<Item> Spread(std::span<const Item> items, size_t count) {
  std::vector<Item> kept;
  const size_t n = std::min(count, items.size());
  for (size_t i = 0; i < n; ++i) kept.push_back(items[i * items.size() / n]);
  return kept;
}

Result<SplitData> ReadSplit(const DataSpec& spec) {
  SplitData split;
  VERGE_TRY_ASSIGN(split.judged, ReadDataset(spec));
  const size_t total = split.judged.items.size();
  const auto count = static_cast<size_t>(spec.calibration);
  if (count == 0) return split;
  if (count >= total) {
    return VERGE_ERROR(kInvalidArgument, "data.calibration sets " + std::to_string(count) +
                                             " items apart, but there are only " + std::to_string(total));
  }
  split.calibration = Spread(split.judged.items, count);
  std::vector<Item> judged;
  for (size_t i = 0, next = 0; i < total; ++i) {
    if (next < count && next * total / count == i) {
      ++next;
    } else {
      judged.push_back(std::move(split.judged.items[i]));
    }
  }
  split.judged.items = std::move(judged);
  return split;
}

}  // namespace verge::eval
