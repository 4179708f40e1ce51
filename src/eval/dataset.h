// The items of a data set and what is true of each: names and labels only, contents are read when they are needed.
//
// Files     labels are CSV, YOLO boxes (a line a box: class, centre x, centre y, width, height, as fractions), names of
//           files, or written in the specification. A class is a number, or a name that the list of classes has; a line
//           of that list may hold several names for one class, separated by commas.
// Errors    kNotFound, kInvalidArgument and kDataLoss name the file and the line.
// Threads   plain values.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "eval/metrics/average_precision.h"
#include "eval/spec.h"

namespace verge::eval {

struct KeyPoint {
  bool is_known = false;
  float x = 0;  // fractions of the picture
  float y = 0;
};

struct Item {
  std::string name;  // of the file, for messages
  std::string path;
  int label = -1;              // class; -1: none
  std::string text;            // where labels are texts
  std::vector<TrueBox> boxes;  // fractions of the picture
  std::string mask;            // path; "": none
  std::vector<KeyPoint> points;
};

struct Dataset {
  std::vector<std::string> classes;  // may be empty
  std::vector<Item> items;           // in the order of the labels, or by name
};

Result<Dataset> ReadDataset(const DataSpec& spec);

// `count` of the items, evenly spread, so that a part of sorted data still has all classes.
std::vector<Item> Spread(std::span<const Item> items, size_t count);

// The items that DataSpec::calibration sets apart for tuning a model, and those on which it is judged. No item is in
// both, except that all are judged when none are set apart.
struct SplitData {
  Dataset judged;
  std::vector<Item> calibration;
};
Result<SplitData> ReadSplit(const DataSpec& spec);

// Lines of a text file, without carriage returns; empty ones at the end are left out.
Result<std::vector<std::string>> ReadLines(const std::string& path);

// Index of a class by its name or by one of its names. kNotFound; kInvalidArgument when two classes have it.
Result<int> FindClass(const std::vector<std::string>& classes, std::string_view name);

}  // namespace verge::eval
