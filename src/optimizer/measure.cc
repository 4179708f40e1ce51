#include "optimizer/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "eval/content.h"
#include "eval/metrics/scores.h"
#include "format/model/model.h"
#include "runtime/session.h"

namespace verge::optimizer {
namespace {

using Clock = std::chrono::steady_clock;

void FillWithPattern(const Tensor& tensor) {
  const size_t count = tensor.shape().elems();
  if (tensor.dtype() == DType::kF32) {
    for (size_t i = 0; i < count; ++i) tensor.as<float>()[i] = static_cast<float>(i % 17) / 16.0f - 0.5f;
    return;
  }
  auto* const bytes = tensor.as<uint8_t>();
  const size_t size = tensor.type.CheckedBytes().value_or(0);
  const bool is_narrow = DTypeBytes(tensor.dtype()) == 1 && tensor.dtype() != DType::kBool;
  for (size_t i = 0; i < size; ++i) bytes[i] = is_narrow ? static_cast<uint8_t>(i * 7) : 0;
}

}  // namespace

const char* MainFigure(eval::TaskKind task) {
  switch (task) {
    case eval::TaskKind::kClassify: return "top1";
    case eval::TaskKind::kDetect: return "map";
    case eval::TaskKind::kSegment: return "miou";
    case eval::TaskKind::kKeypoints: return "pck";
    case eval::TaskKind::kAnomaly: return "auc";
    case eval::TaskKind::kAgreement: return "same_top1";
    case eval::TaskKind::kCtc: return "words_right";
    case eval::TaskKind::kCustom: return "";
  }
  return "";
}

const eval::Figure* FindFigure(const std::vector<eval::Figure>& figures, std::string_view name) {
  const auto found = std::ranges::find(figures, name, &eval::Figure::name);
  return found == figures.end() ? nullptr : &*found;
}

Result<SampleOutputs> RunOutputs(const ir::Graph& graph, SampleRunner& runner, size_t count) {
  SampleOutputs outputs;
  std::vector<ir::ValueId> watched;
  for (const ir::ValueId id : graph.outputs) {
    if (!graph.value(id).is_constant() && std::ranges::find(watched, id) == watched.end()) watched.push_back(id);
  }
  // A run is over when its last watched value comes again.
  std::map<ir::ValueId, std::vector<float>> run;
  const auto finish = [&] {
    std::vector<std::vector<float>>& one = outputs.emplace_back();
    for (const ir::ValueId id : graph.outputs) one.push_back(run[id]);
    run.clear();
  };
  VERGE_TRY(runner.Run(graph, watched, 0, count, [&](size_t, ir::ValueId id, const Tensor& tensor) {
    run[id] = eval::RealValues(tensor);
    if (run.size() == watched.size()) finish();
    return Status::Ok();
  }));
  return outputs;
}

Closeness Compare(const SampleOutputs& got, const SampleOutputs& want) {
  std::vector<eval::Agreement> outputs;
  size_t same_top = 0;
  const size_t runs = std::min(got.size(), want.size());
  for (size_t r = 0; r < runs; ++r) {
    outputs.resize(std::max(outputs.size(), got[r].size()));
    for (size_t o = 0; o < std::min(got[r].size(), want[r].size()); ++o) {
      if (got[r][o].size() == want[r][o].size()) outputs[o].Add(got[r][o], want[r][o]);
    }
    const bool has_values = !got[r].empty() && !got[r][0].empty() && !want[r].empty() && !want[r][0].empty();
    if (!has_values || eval::TopOf(got[r][0]) == eval::TopOf(want[r][0])) ++same_top;
  }
  Closeness closeness{HUGE_VAL, 1, 1};
  for (const eval::Agreement& output : outputs) {
    const double sqnr = output.SqnrDb();
    if (std::isnan(sqnr) || sqnr < closeness.sqnr_db) closeness.sqnr_db = sqnr;
    closeness.cosine = std::min(closeness.cosine, output.Cosine());
  }
  if (runs > 0) closeness.same_top1 = static_cast<double>(same_top) / static_cast<double>(runs);
  return closeness;
}

size_t WeightBytesOf(const ir::Graph& graph) {
  size_t bytes = 0;
  for (const ir::Value& value : graph.values) {
    if (value.is_constant()) bytes += value.constant->size();
  }
  for (const ir::Graph& subgraph : graph.subgraphs) bytes += WeightBytesOf(subgraph);
  return bytes;
}

Result<std::shared_ptr<const runtime::Model>> LoadBytes(std::shared_ptr<const format::AlignedBytes> bytes,
                                                        int threads) {
  VERGE_TRY_ASSIGN(format::VerifiedModel verified, format::VerifiedModel::Verify(bytes->bytes(), bytes));
  return runtime::Model::Load(std::move(verified), {.threads = threads});
}

Result<std::vector<double>> MedianLatencies(const std::vector<std::shared_ptr<const runtime::Model>>& models,
                                            int runs) {
  std::vector<runtime::Session> sessions;
  for (const auto& model : models) {
    VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(model));
    for (size_t i = 0; i < model->inputs().size(); ++i) FillWithPattern(session.input(i));
    session.Run();
    sessions.push_back(std::move(session));
  }
  std::vector<std::vector<double>> times(models.size());
  for (int r = 0; r < runs; ++r) {
    for (size_t m = 0; m < sessions.size(); ++m) {
      const Clock::time_point start = Clock::now();
      sessions[m].Run();
      times[m].push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& one : times) {
    std::ranges::sort(one);
    medians.push_back(one.empty() ? 0 : one[one.size() / 2]);
  }
  return medians;
}

Result<eval::Measurement> Evaluate(eval::Spec spec, std::shared_ptr<const runtime::Model> model,
                                   eval::EvaluateOptions options) {
  const eval::OpenModel open_other = options.open;
  spec.model = "the model that is measured";
  options.open = [&](const std::string& path) -> Result<std::shared_ptr<const runtime::Model>> {
    return path == spec.model ? Result<std::shared_ptr<const runtime::Model>>(model) : open_other(path);
  };
  return eval::Measure(spec, options);
}

std::optional<Paired> Pair(const eval::Measurement& before, const eval::Measurement& after) {
  const size_t n = before.results.size();
  if (n == 0 || after.results.size() != n) return std::nullopt;
  const auto difference = [&](size_t i) { return after.results[i].score - before.results[i].score; };
  Paired paired;
  size_t same = 0;
  for (size_t i = 0; i < n; ++i) {
    paired.difference += difference(i) / static_cast<double>(n);
    same += before.results[i].answer == after.results[i].answer ? 1 : 0;
  }
  paired.same_answer = static_cast<double>(same) / static_cast<double>(n);
  paired.interval = eval::Bootstrap(n, [&](std::span<const uint32_t> drawn) {
    double sum = 0;
    for (size_t i = 0; i < drawn.size(); ++i) sum += drawn[i] * difference(i);
    return sum / static_cast<double>(n);
  });
  return paired;
}

}  // namespace verge::optimizer
