// One evaluation, as its YAML file describes it: which model, on which data, fed how, judged by what.
// docs/guide/eval.md says what each field means.
//
// Read      ParseSpec checks every field; it opens no other file.
// Errors    kInvalidArgument "file:line: field: expected X, got Y".
// Threads   plain values.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"
#include "eval/features.h"
#include "format/yaml/yaml.h"

namespace verge::eval {

enum class TaskKind { kClassify, kDetect, kSegment, kKeypoints, kAnomaly, kAgreement, kCtc, kCustom };
// "classify", "detect", ...
const char* TaskName(TaskKind kind);

enum class DataKind { kImages, kTensors, kAudio, kNpz };

// Where an item and its label stand in a file of comma-separated values.
struct CsvLabels {
  std::string file;
  bool has_header = false;
  int file_column = 0;
  int label_column = 1;
  std::string extension;  // replaces the one in the file; "": keep
};

struct ListedItem {
  std::string file;
  std::string label;   // a class by name or number; may be empty
  std::string mask;    // a picture whose pixels are classes
  std::string points;  // CSV of key points
};

struct DataSpec {
  DataKind kind = DataKind::kImages;
  std::string folder;
  DType dtype = DType::kF32;            // tensors
  std::string classes_file;             // a class name a line; labels by name need it
  CsvLabels csv;                        // labels from a file, when csv.file is set
  std::string label_pattern;            // or from the name of a file: a regular expression with one group
  std::string boxes_folder;             // or YOLO boxes: a .txt beside each name
  std::vector<ListedItem> list;         // or written out
  std::string positive;                 // anomaly: the label (or its number) that is unusual
  std::vector<int> judged;              // segment: classes whose pixels count; empty: all
  std::vector<std::string> key_points;  // key points: columns of the CSV: index, x, y
  bool has_text = false;                // labels are texts, not classes
  int64_t calibration = 0;              // so many items, evenly spread, are for tuning a model and are not judged
};

enum class Resize { kStretch, kLetterbox, kSquare };
enum class Colour { kRgb, kBgr, kGrey };
enum class Layout { kByShape, kNhwc, kNchw };

struct InputSpec {
  Resize resize = Resize::kStretch;
  double crop = 1;         // share of the picture's sides (square: of its shorter side) that is kept, from the middle
  bool is_centred = true;  // letterbox: the picture in the middle, else in the top left corner
  double pad = 0;          // letterbox: the value beside it, before mean and scale
  Colour colour = Colour::kRgb;
  bool is_signed = false;  // the picture's bytes are those of signed numbers: 128 to 255 stand for -128 to -1
  Layout layout = Layout::kByShape;
  std::array<double, 3> mean = {0, 0, 0};  // real = (value - mean) * scale
  std::array<double, 3> scale = {1, 1, 1};
  int64_t step = 0;        // recordings and long tensors: from one window to the next; 0: one window
  LogMelOptions log_mel;   // recordings: features in place of samples
  std::string front_end;   // recordings: a model that makes the features, run frame by frame
  int64_t frame_step = 0;  // samples from one frame of the front end to the next
};

struct OutputSpec {
  std::string decoder;  // detect: yolox, nanodet, fastestdet, postprocess, ultraface; key points: movenet,
                        // blazepose, blazeface
  std::string classes_file;  // the model's class names where they differ from the data's
  int64_t class_offset = 0;  // added to the model's class
  double min_score = 0.01;
  double max_overlap = 0.6;
  int64_t max_count = 100;
  int64_t index = 0;                 // which output
  std::vector<int> points;           // key points: the model's points in the order of the data's; empty: as they are
  int64_t blank = 0;                 // ctc: the symbol that stands for nothing
  std::string space = "|";           // ctc: the symbol in the list of classes that stands between words
  std::vector<std::string> command;  // custom: a program and its arguments; the folder of results is added
  double reach = 0.1;                // key points: a point this share of the figure's size away is right
};

// A figure must lie within these.
struct Requirement {
  std::string figure;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

struct Spec {
  std::string name;
  std::string model;
  std::string reference;  // agreement: the model to agree with; "": the outputs in the data
  TaskKind task = TaskKind::kClassify;
  DataSpec data;
  InputSpec input;
  InputSpec reference_input;
  OutputSpec output;
  std::vector<Requirement> requirements;
  std::string note;
  std::string published;  // the figure that others state, with its source
  std::string pending;    // why it cannot be met yet; "": it must be
};

struct SpecDefaults {
  std::string model;  // when the file names none, or to replace it
  std::string task;
};

// `params` fill ${name} in values.
Result<Spec> ParseSpec(std::string_view file, std::string_view text, const yaml::Params& params,
                       const SpecDefaults& defaults = {});

}  // namespace verge::eval
