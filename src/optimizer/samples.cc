#include "optimizer/samples.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "eval/content.h"
#include "eval/dataset.h"
#include "eval/feed.h"
#include "media/npy.h"
#include "sys/file/file.h"

namespace verge::optimizer {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{2} << 30;

Result<Step> NewStep(const ir::Graph& graph) {
  Step step;
  for (const ir::ValueId id : graph.inputs) {
    const ir::Value& input = graph.value(id);
    VERGE_TRY_ASSIGN(media::Array array, media::Array::Allocate(input.dtype, input.shape));
    step.push_back(std::move(array));
  }
  return step;
}

std::vector<Tensor> TensorsOf(const Step& step, const ir::Graph& graph) {
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < step.size(); ++i) {
    tensors.push_back(step[i].tensor());
    tensors.back().type.quant = graph.value(graph.inputs[i]).quant.view();
  }
  return tensors;
}

// How many samples an array holds of an input, or nothing when it does not fit.
std::optional<size_t> CountIn(const Shape& array, const Shape& input) {
  if (array == input) return 1;
  const auto rest_is_same = [&](int array_from, int input_from) {
    if (array.rank() - array_from != input.rank() - input_from) return false;
    for (int d = 0; array_from + d < array.rank(); ++d) {
      if (array[array_from + d] != input[input_from + d]) return false;
    }
    return true;
  };
  if (array.rank() == input.rank() + 1 && rest_is_same(1, 0)) return static_cast<size_t>(array[0]);
  if (input.rank() > 0 && input[0] == 1 && array.rank() == input.rank() && rest_is_same(1, 1)) {
    return static_cast<size_t>(array[0]);
  }
  return std::nullopt;
}

const media::Array* FindArray(const std::vector<std::pair<std::string, media::Array>>& arrays, const std::string& name,
                              size_t index) {
  for (const std::string& wanted : {name, "in_" + std::to_string(index)}) {
    const auto found = std::ranges::find(arrays, wanted, [](const auto& entry) { return entry.first; });
    if (found != arrays.end()) return &found->second;
  }
  return nullptr;
}

// The part of an array that is sample `index` of `count`, into an input.
Status CopySample(const media::Array& array, size_t index, size_t count, const Tensor& input) {
  Tensor part = array.tensor();
  part.type.shape = input.shape();
  part.data = static_cast<std::byte*>(part.data) + index * (array.bytes().size() / count);
  return eval::FillFromTensor(part, input);
}

Status AddArrays(const std::string& path, const std::vector<std::pair<std::string, media::Array>>& arrays,
                 const ir::Graph& graph, size_t limit, Samples& samples) {
  std::vector<const media::Array*> sources;
  size_t count = 0;
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const ir::Value& input = graph.value(graph.inputs[i]);
    const std::string wanted = "'" + input.name + "' (or in_" + std::to_string(i) + "), " + ToString(input.shape);
    const media::Array* const array =
        arrays.size() == 1 && graph.inputs.size() == 1 ? &arrays[0].second : FindArray(arrays, input.name, i);
    if (array == nullptr) return VERGE_ERROR(kInvalidArgument, path + ": has no array " + wanted);
    const std::optional<size_t> held = CountIn(array->shape(), input.shape);
    if (!held || (i > 0 && *held != count)) {
      return VERGE_ERROR(kInvalidArgument, path + ": array of shape " + ToString(array->shape()) + " for input " +
                                               wanted + ": expected that shape, or one more dimension in front that " +
                                               "counts samples, the same number for all inputs");
    }
    count = *held;
    sources.push_back(array);
  }
  for (size_t s = 0; s < count && (limit == 0 || samples.size() < limit); ++s) {
    VERGE_TRY_ASSIGN(Step step, NewStep(graph));
    const std::vector<Tensor> tensors = TensorsOf(step, graph);
    for (size_t i = 0; i < tensors.size(); ++i) VERGE_TRY(CopySample(*sources[i], s, count, tensors[i]));
    samples.push_back({path + " #" + std::to_string(s), {}});
    samples.back().steps.push_back(std::move(step));
  }
  return Status::Ok();
}

Status AddFile(const std::string& path, const ir::Graph& graph, size_t limit, Samples& samples) {
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxFileBytes));
  const auto bytes = std::as_bytes(std::span(text));
  std::vector<std::pair<std::string, media::Array>> arrays;
  if (path.ends_with(".npy")) {
    Result<media::Array> array = media::ReadNpy(bytes);
    if (!array.ok()) return std::move(array).status().WithContext(path);
    arrays.emplace_back("in_0", *std::move(array));
  } else {
    Result<std::vector<std::pair<std::string, media::Array>>> read = media::ReadNpz(bytes);
    if (!read.ok()) return std::move(read).status().WithContext(path);
    arrays = *std::move(read);
  }
  return AddArrays(path, arrays, graph, limit, samples);
}

bool IsArrayFile(const std::string& name) { return name.ends_with(".npz") || name.ends_with(".npy"); }

}  // namespace

Result<Samples> SamplesOfSpec(const eval::Spec& spec, const eval::OpenModel& open, const ir::Graph& graph,
                              size_t limit) {
  VERGE_TRY_ASSIGN(const eval::SplitData split, eval::ReadSplit(spec.data));
  std::vector<eval::Item> items = split.calibration.empty() ? split.judged.items : split.calibration;
  if (limit > 0) items = eval::Spread(items, limit);
  std::shared_ptr<const runtime::Model> front_end;
  if (!spec.input.front_end.empty()) {
    VERGE_TRY_ASSIGN(front_end, open(spec.input.front_end));
  }
  VERGE_TRY_ASSIGN(eval::Feeder feeder, eval::Feeder::Create(spec, std::move(front_end)));
  if (graph.inputs.empty()) return VERGE_ERROR(kInvalidArgument, "the model has no inputs");
  const size_t window = graph.value(graph.inputs[0]).shape.elems();
  Samples samples;
  for (const eval::Item& item : items) {
    Sample sample{item.name, {}};
    feeder.Reset();
    VERGE_TRY_ASSIGN(const std::vector<eval::Content> contents,
                     eval::ReadContents(item.path, spec.data, spec.input, window));
    for (const eval::Content& content : contents) {
      VERGE_TRY_ASSIGN(Step step, NewStep(graph));
      const auto placed = feeder.Fill(content, spec.input, TensorsOf(step, graph));
      if (!placed.ok()) return Status(placed.status()).WithContext(item.name);
      sample.steps.push_back(std::move(step));
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

Result<Samples> SamplesOfPath(const std::string& path, const ir::Graph& graph, size_t limit) {
  if (graph.inputs.empty()) return VERGE_ERROR(kInvalidArgument, "the model has no inputs");
  Samples samples;
  if (IsArrayFile(path)) {
    VERGE_TRY(AddFile(path, graph, limit, samples));
    return samples;
  }
  VERGE_TRY_ASSIGN(std::vector<std::string> names, sys::ListDir(path));
  std::ranges::sort(names);
  for (const std::string& name : names) {
    if (limit > 0 && samples.size() >= limit) break;
    if (IsArrayFile(name)) VERGE_TRY(AddFile(sys::JoinPath(path, name), graph, limit, samples));
  }
  if (!samples.empty()) return samples;
  return VERGE_ERROR(kInvalidArgument, path + ": no .npz and no .npy file in it. Pictures and recordings want a " +
                                           "specification that says how the model is fed (docs/guide/eval.md)");
}

}  // namespace verge::optimizer
