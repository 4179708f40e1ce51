// Text from a network trained with connectionist temporal classification: of each step the best symbol, repeats
// collapsed, blanks left out (greedy decoding; Graves et al. 2006).
#include "eval/metrics/edit_distance.h"
#include "eval/metrics/interval.h"
#include "eval/metrics/scores.h"
#include "eval/task.h"

namespace verge::eval {
namespace {

struct Distances {
  double word_errors = 0, words = 0;
  double character_errors = 0, characters = 0;
};

class Ctc final : public Task {
 public:
  Ctc(const Spec& spec, const Dataset& data, std::vector<std::string> symbols)
      : output_(spec.output), data_(data), symbols_(std::move(symbols)), texts_(data.items.size()) {}

  Status Judge(size_t index, const Run& run) override {
    VERGE_TRY_ASSIGN(const Tensor output, OutputAt(run, output_.index));
    const std::vector<float> scores = RealValues(output);
    const size_t width = symbols_.size();
    const int rank = output.shape().rank();
    if (rank == 0 || output.shape()[rank - 1] != static_cast<int64_t>(width)) {
      return VERGE_ERROR(kInvalidArgument, "the output " + ToString(output.shape()) + " does not end with the " +
                                               std::to_string(width) + " symbols of output.classes");
    }
    size_t last = static_cast<size_t>(output_.blank);
    for (size_t step = 0; step + width <= scores.size(); step += width) {
      const size_t best = TopOf(std::span(scores).subspan(step, width));
      if (best != last && best != static_cast<size_t>(output_.blank)) texts_[index] += symbols_[best];
      last = best;
    }
    return Status::Ok();
  }

  Result<std::vector<Figure>> Figures() override {
    std::vector<Distances> items;
    for (size_t i = 0; i < texts_.size(); ++i) {
      const std::vector<std::string> words = WordsOf(data_.items[i].text), got_words = WordsOf(texts_[i]);
      const std::vector<std::string> characters = CharactersOf(data_.items[i].text), got = CharactersOf(texts_[i]);
      items.push_back({static_cast<double>(EditDistance(got_words, words)), static_cast<double>(words.size()),
                       static_cast<double>(EditDistance(got, characters)), static_cast<double>(characters.size())});
    }
    const auto rate = [&items](double Distances::* errors, double Distances::* of) {
      return [&items, errors, of](std::span<const uint32_t> weights) {
        double sum = 0, all = 0;
        for (size_t i = 0; i < items.size(); ++i) {
          sum += weights[i] * items[i].*errors;
          all += weights[i] * items[i].*of;
        }
        return sum / all;
      };
    };
    const auto wer = rate(&Distances::word_errors, &Distances::words);
    const auto cer = rate(&Distances::character_errors, &Distances::characters);
    const auto right = [&](std::span<const uint32_t> weights) { return 1 - wer(weights); };
    const size_t n = items.size();
    const std::vector<uint32_t> ones(n, 1);
    return std::vector<Figure>{{"words_right", right(ones), Bootstrap(n, right)},
                               {"wer", wer(ones), Bootstrap(n, wer)},
                               {"cer", cer(ones), Bootstrap(n, cer)}};
  }

 private:
  const OutputSpec& output_;
  const Dataset& data_;
  std::vector<std::string> symbols_;
  std::vector<std::string> texts_;
};

}  // namespace

Result<std::unique_ptr<Task>> MakeCtc(const Spec& spec, const Dataset& data) {
  for (const Item& item : data.items) {
    if (item.text.empty()) return VERGE_ERROR(kInvalidArgument, item.name + " has no text; ctc needs one an item");
  }
  VERGE_TRY_ASSIGN(std::vector<std::string> symbols, ReadLines(spec.output.classes_file));
  for (std::string& symbol : symbols) {
    if (symbol == spec.output.space) symbol = " ";
  }
  if (static_cast<size_t>(spec.output.blank) >= symbols.size()) {
    return VERGE_ERROR(kInvalidArgument, "output.blank is " + std::to_string(spec.output.blank) + "; " +
                                             spec.output.classes_file + " has " + std::to_string(symbols.size()) +
                                             " symbols");
  }
  return std::unique_ptr<Task>(std::make_unique<Ctc>(spec, data, std::move(symbols)));
}

}  // namespace verge::eval
