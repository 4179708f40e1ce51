#include "eval/spec.h"

#include <algorithm>
#include <iterator>

#include "format/yaml/fields.h"

namespace verge::eval {
namespace {

using yaml::Fields;

constexpr const char* kTaskNames[] = {"classify", "detect",    "segment", "keypoints",
                                      "anomaly",  "agreement", "ctc",     "custom"};
constexpr double kHuge = 1e9;

std::string Stem(std::string_view path) {
  path.remove_prefix(std::min(path.find_last_of('/') + 1, path.size()));
  return std::string(path.substr(0, path.find_last_of('.')));
}

Result<int> ClassIndex(const Fields& fields, const yaml::Node& node, const char* name) {
  VERGE_TRY_ASSIGN(const double value,
                   yaml::NumberOf(fields.document(), node, fields.PathOf(name), {.min = 0, .max = 1e6}));
  return static_cast<int>(value);
}

// A list of indices.
Status ReadIndices(Fields& fields, const char* name, std::vector<int>& out) {
  const yaml::Node* node = fields.Child(name);
  if (node == nullptr) return Status::Ok();
  if (node->kind != yaml::Kind::kList) return fields.Expected(name, "a list of numbers");
  for (const yaml::Node& item : node->items) {
    VERGE_TRY_ASSIGN(const int index, ClassIndex(fields, item, name));
    out.push_back(index);
  }
  return Status::Ok();
}

// One number for all channels, or three.
Status ReadChannels(Fields& fields, const char* name, std::array<double, 3>& out) {
  const yaml::Node* node = fields.Child(name);
  if (node == nullptr) return Status::Ok();
  const bool is_list = node->kind == yaml::Kind::kList;
  if (is_list && node->items.size() != 3) return fields.Expected(name, "one number, or three (a channel each)");
  for (size_t i = 0; i < 3; ++i) {
    VERGE_TRY_ASSIGN(out[i], yaml::NumberOf(fields.document(), is_list ? node->items[i] : *node, fields.PathOf(name),
                                            {.min = -kHuge, .max = kHuge}));
  }
  return Status::Ok();
}

Status ReadStrings(Fields& fields, const char* name, std::vector<std::string>& out) {
  const yaml::Node* node = fields.Child(name);
  if (node == nullptr) return Status::Ok();
  if (node->kind != yaml::Kind::kList) return fields.Expected(name, "a list");
  for (const yaml::Node& item : node->items) {
    VERGE_TRY_ASSIGN(std::string text, yaml::StringOf(fields.document(), item, fields.PathOf(name)));
    out.push_back(std::move(text));
  }
  return Status::Ok();
}

Status ReadCsv(Fields& data, CsvLabels& out) {
  const yaml::Node* node = data.Child("csv");
  if (node == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(Fields f, Fields::Of(data.document(), *node, data.PathOf("csv")));
  VERGE_TRY_ASSIGN(out.file, f.String("file"));
  VERGE_TRY_ASSIGN(out.has_header, f.Bool("header", false));
  VERGE_TRY_ASSIGN(const int64_t file_column, f.Int("file_column", {.min = 0, .max = 100}, 0));
  VERGE_TRY_ASSIGN(const int64_t label_column, f.Int("label_column", {.min = 0, .max = 100}, 1));
  out.file_column = static_cast<int>(file_column);
  out.label_column = static_cast<int>(label_column);
  VERGE_TRY_ASSIGN(out.extension, f.String("extension", ""));
  return f.Done();
}

Status ReadList(Fields& data, std::vector<ListedItem>& out) {
  const yaml::Node* node = data.Child("list");
  if (node == nullptr) return Status::Ok();
  if (node->kind != yaml::Kind::kList) return data.Expected("list", "a list of items");
  for (size_t i = 0; i < node->items.size(); ++i) {
    const std::string path = data.PathOf("list") + "[" + std::to_string(i) + "]";
    VERGE_TRY_ASSIGN(Fields f, Fields::Of(data.document(), node->items[i], path));
    ListedItem& item = out.emplace_back();
    VERGE_TRY_ASSIGN(item.file, f.String("file"));
    VERGE_TRY_ASSIGN(item.label, f.String("label", ""));
    VERGE_TRY_ASSIGN(item.mask, f.String("mask", ""));
    VERGE_TRY_ASSIGN(item.points, f.String("points", ""));
    VERGE_TRY(f.Done());
  }
  return Status::Ok();
}

Status ReadColumns(Fields& data, std::vector<std::string>& out) {
  const yaml::Node* node = data.Child("point_columns");
  out = {"keypoint_id", "keypoint_x", "keypoint_y"};
  if (node == nullptr) return Status::Ok();
  if (node->kind != yaml::Kind::kList || node->items.size() != 3) {
    return data.Expected("point_columns", "three column names: number of the point, x, y");
  }
  for (size_t i = 0; i < 3; ++i) {
    VERGE_TRY_ASSIGN(out[i], yaml::StringOf(data.document(), node->items[i], data.PathOf("point_columns")));
  }
  return Status::Ok();
}

Status ReadData(Fields& top, DataSpec& out) {
  VERGE_TRY_ASSIGN(const yaml::Node* node, top.Required("data", "a map of fields"));
  VERGE_TRY_ASSIGN(Fields f, Fields::Of(top.document(), *node, "data"));
  VERGE_TRY_ASSIGN(const std::string kind, f.Choice("kind", {"images", "tensors", "audio", "npz"}));
  if (kind == "tensors") out.kind = DataKind::kTensors;
  if (kind == "audio") out.kind = DataKind::kAudio;
  if (kind == "npz") out.kind = DataKind::kNpz;
  VERGE_TRY_ASSIGN(out.folder, f.String("folder", ""));
  VERGE_TRY_ASSIGN(const std::string dtype, f.Choice("dtype", {"f32", "i8", "u8", "i16"}, "f32"));
  out.dtype = *ParseDType(dtype);
  VERGE_TRY_ASSIGN(out.classes_file, f.String("classes", ""));
  VERGE_TRY(ReadCsv(f, out.csv));
  VERGE_TRY_ASSIGN(out.label_pattern, f.String("label_pattern", ""));
  VERGE_TRY_ASSIGN(out.boxes_folder, f.String("boxes", ""));
  VERGE_TRY(ReadList(f, out.list));
  VERGE_TRY_ASSIGN(out.positive, f.String("positive", "1"));
  VERGE_TRY(ReadIndices(f, "judged", out.judged));
  VERGE_TRY(ReadColumns(f, out.key_points));
  VERGE_TRY_ASSIGN(out.calibration, f.Int("calibration", {.min = 0, .max = 1 << 20}, 0));
  VERGE_TRY(f.Done());
  const int sources = (out.csv.file.empty() ? 0 : 1) + (out.label_pattern.empty() ? 0 : 1) +
                      (out.boxes_folder.empty() ? 0 : 1) + (out.list.empty() ? 0 : 1);
  if (sources > 1) return top.Expected("data", "one of csv, label_pattern, boxes and list");
  if (out.folder.empty() && out.list.empty()) return top.Expected("data", "a folder, or a list of files");
  return Status::Ok();
}

Status ReadLogMel(Fields& input, LogMelOptions& out) {
  const yaml::Node* node = input.Child("log_mel");
  if (node == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(Fields f, Fields::Of(input.document(), *node, input.PathOf("log_mel")));
  VERGE_TRY_ASSIGN(out.window, f.Int("window", {.min = 2, .max = 1 << 16}));
  VERGE_TRY_ASSIGN(out.step, f.Int("step", {.min = 1, .max = 1 << 20}));
  VERGE_TRY_ASSIGN(out.bands, f.Int("bands", {.min = 1, .max = 1024}));
  VERGE_TRY_ASSIGN(out.rate, f.Number("rate", {.min = 1, .max = 1e6}, 16000));
  VERGE_TRY_ASSIGN(out.low_hz, f.Number("low_hz", {.min = 0, .max = 1e6}, 0));
  VERGE_TRY_ASSIGN(out.high_hz, f.Number("high_hz", {.min = 1, .max = 1e6}, out.rate / 2));
  VERGE_TRY_ASSIGN(out.preemphasis, f.Number("preemphasis", {.min = 0, .max = 1}, 0));
  VERGE_TRY_ASSIGN(out.offset, f.Number("offset_db", {.min = -1000, .max = 1000}, 0));
  VERGE_TRY_ASSIGN(out.range, f.Number("range_db", {.min = 0.001, .max = 1000}, 1));
  if (out.high_hz <= out.low_hz) return f.Expected("high_hz", "more than low_hz");
  return f.Done();
}

Status ReadInput(Fields& top, const char* name, InputSpec& out) {
  const yaml::Node* node = top.Child(name);
  if (node == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(Fields f, Fields::Of(top.document(), *node, name));
  VERGE_TRY_ASSIGN(const std::string resize, f.Choice("resize", {"stretch", "letterbox", "square"}, "stretch"));
  if (resize == "letterbox") out.resize = Resize::kLetterbox;
  if (resize == "square") out.resize = Resize::kSquare;
  VERGE_TRY_ASSIGN(out.crop, f.Number("crop", {.min = 0.01, .max = 1}, 1));
  VERGE_TRY_ASSIGN(out.is_centred, f.Bool("centred", true));
  VERGE_TRY_ASSIGN(out.pad, f.Number("pad", {.min = 0, .max = 255}, 0));
  VERGE_TRY_ASSIGN(out.is_signed, f.Bool("signed", false));
  VERGE_TRY_ASSIGN(const std::string colour, f.Choice("colour", {"rgb", "bgr", "grey"}, "rgb"));
  if (colour == "bgr") out.colour = Colour::kBgr;
  if (colour == "grey") out.colour = Colour::kGrey;
  VERGE_TRY_ASSIGN(const std::string layout, f.Choice("layout", {"by_shape", "nhwc", "nchw"}, "by_shape"));
  if (layout == "nhwc") out.layout = Layout::kNhwc;
  if (layout == "nchw") out.layout = Layout::kNchw;
  VERGE_TRY(ReadChannels(f, "mean", out.mean));
  VERGE_TRY(ReadChannels(f, "scale", out.scale));
  VERGE_TRY_ASSIGN(out.step, f.Int("step", {.min = 0, .max = 1 << 30}, 0));
  VERGE_TRY_ASSIGN(out.front_end, f.String("front_end", ""));
  VERGE_TRY_ASSIGN(out.frame_step, f.Int("frame_step", {.min = 0, .max = 1 << 30}, 0));
  VERGE_TRY(ReadLogMel(f, out.log_mel));
  if (!out.front_end.empty() && out.log_mel.window > 0)
    return f.Expected("front_end", "front_end or log_mel, not both");
  if (!out.front_end.empty() && out.frame_step == 0) return f.Expected("frame_step", "samples from frame to frame");
  return f.Done();
}

Status ReadOutput(Fields& top, OutputSpec& out) {
  const yaml::Node* node = top.Child("output");
  if (node == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(Fields f, Fields::Of(top.document(), *node, "output"));
  VERGE_TRY_ASSIGN(out.decoder, f.Choice("decoder",
                                         {"", "yolox", "nanodet", "fastestdet", "postprocess", "ultraface",
                                          "ultraface_priors", "movenet", "blazepose", "blazeface"},
                                         ""));
  VERGE_TRY_ASSIGN(out.classes_file, f.String("classes", ""));
  VERGE_TRY_ASSIGN(out.class_offset, f.Int("class_offset", {.min = -1000000, .max = 1000000}, 0));
  VERGE_TRY_ASSIGN(out.min_score, f.Number("min_score", {.min = 0, .max = 1}, 0.01));
  VERGE_TRY_ASSIGN(out.max_overlap, f.Number("max_overlap", {.min = 0, .max = 1}, 0.6));
  VERGE_TRY_ASSIGN(out.max_count, f.Int("max_count", {.min = 1, .max = 100000}, 100));
  VERGE_TRY_ASSIGN(out.index, f.Int("index", {.min = 0, .max = 1000}, 0));
  VERGE_TRY(ReadIndices(f, "points", out.points));
  VERGE_TRY_ASSIGN(out.blank, f.Int("blank", {.min = 0, .max = 1000000}, 0));
  VERGE_TRY_ASSIGN(out.space, f.String("space", "|"));
  VERGE_TRY(ReadStrings(f, "command", out.command));
  VERGE_TRY_ASSIGN(out.reach, f.Number("reach", {.min = 0.0001, .max = 1}, 0.1));
  return f.Done();
}

// `figure: 0.9` is the least, `figure: {min: 0.9, max: 1}` both.
Status ReadRequirements(Fields& top, std::vector<Requirement>& out) {
  const yaml::Node* node = top.Child("require");
  if (node == nullptr) return Status::Ok();
  if (node->kind != yaml::Kind::kMap) return top.Expected("require", "a map of figures");
  for (const auto& [figure, limits] : node->fields) {
    Requirement& requirement = out.emplace_back();
    requirement.figure = figure;
    const std::string path = "require." + figure;
    if (limits.kind != yaml::Kind::kMap) {
      VERGE_TRY_ASSIGN(requirement.min, yaml::NumberOf(top.document(), limits, path, {}));
      continue;
    }
    VERGE_TRY_ASSIGN(Fields f, Fields::Of(top.document(), limits, path));
    VERGE_TRY_ASSIGN(requirement.min, f.Number("min", {}, requirement.min));
    VERGE_TRY_ASSIGN(requirement.max, f.Number("max", {}, requirement.max));
    VERGE_TRY(f.Done());
  }
  return Status::Ok();
}

Result<TaskKind> ReadTask(Fields& top, const SpecDefaults& defaults) {
  const std::optional<std::string> given =
      defaults.task.empty() ? std::nullopt : std::optional<std::string>(defaults.task);
  VERGE_TRY_ASSIGN(
      std::string name,
      top.Choice("task", {"classify", "detect", "segment", "keypoints", "anomaly", "agreement", "ctc", "custom"},
                 given));
  if (given) name = *given;
  for (size_t i = 0; i < std::size(kTaskNames); ++i) {
    if (name == kTaskNames[i]) return static_cast<TaskKind>(i);
  }
  return VERGE_ERROR(
      kInvalidArgument,
      "task " + name + ": expected one of classify, detect, segment, keypoints, anomaly, agreement, ctc, custom");
}

Status CheckTogether(Fields& top, const Spec& spec) {
  if (spec.task == TaskKind::kAgreement && spec.reference.empty() && spec.data.kind != DataKind::kNpz) {
    return top.Expected("reference", "the model to agree with, or data of kind npz that has the outputs");
  }
  if (spec.task == TaskKind::kCtc && spec.output.classes_file.empty()) {
    return top.Expected("output", "classes: a file with a symbol a line");
  }
  if (spec.task == TaskKind::kCustom && spec.output.command.empty()) {
    return top.Expected("output", "command: a list of a program and its arguments");
  }
  const std::string& decoder = spec.output.decoder;
  const bool is_pose = decoder == "movenet" || decoder == "blazepose" || decoder == "blazeface";
  if (spec.task == TaskKind::kDetect && (decoder.empty() || is_pose)) {
    return top.Expected("output", "a decoder for boxes: yolox, nanodet, fastestdet, postprocess or ultraface");
  }
  if (spec.task == TaskKind::kKeypoints && !is_pose) {
    return top.Expected("output", "a decoder for key points: movenet, blazepose or blazeface");
  }
  if (spec.task == TaskKind::kDetect && spec.data.boxes_folder.empty() && spec.data.list.empty()) {
    return top.Expected("data", "the folder of the boxes, or a list whose labels say how many things there are");
  }
  return Status::Ok();
}

}  // namespace

const char* TaskName(TaskKind kind) { return kTaskNames[static_cast<size_t>(kind)]; }

Result<Spec> ParseSpec(std::string_view file, std::string_view text, const yaml::Params& params,
                       const SpecDefaults& defaults) {
  VERGE_TRY_ASSIGN(const yaml::Document document, yaml::Parse(file, text, &params));
  VERGE_TRY_ASSIGN(Fields f, Fields::Of(document, document.root, ""));
  Spec spec;
  VERGE_TRY_ASSIGN(spec.name, f.String("name", Stem(file)));
  const std::optional<std::string> model =
      defaults.model.empty() ? std::nullopt : std::optional<std::string>(defaults.model);
  VERGE_TRY_ASSIGN(spec.model, f.String("model", model));
  if (model) spec.model = *model;
  VERGE_TRY_ASSIGN(spec.reference, f.String("reference", ""));
  VERGE_TRY_ASSIGN(spec.task, ReadTask(f, defaults));
  VERGE_TRY(ReadData(f, spec.data));
  spec.data.has_text = spec.task == TaskKind::kCtc || spec.task == TaskKind::kCustom;
  VERGE_TRY(ReadInput(f, "input", spec.input));
  spec.reference_input = spec.input;
  VERGE_TRY(ReadInput(f, "reference_input", spec.reference_input));
  VERGE_TRY(ReadOutput(f, spec.output));
  VERGE_TRY(ReadRequirements(f, spec.requirements));
  VERGE_TRY_ASSIGN(spec.note, f.String("note", ""));
  VERGE_TRY_ASSIGN(spec.published, f.String("published", ""));
  VERGE_TRY_ASSIGN(spec.pending, f.String("pending", ""));
  VERGE_TRY(CheckTogether(f, spec));
  VERGE_TRY(f.Done());
  return spec;
}

}  // namespace verge::eval
