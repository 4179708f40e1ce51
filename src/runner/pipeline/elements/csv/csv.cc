// Source of samples: a text table, one packet a row.
//
//   file       path; one that app.yaml names under `files` lies in the app's folder
//   channels   {name: column}: what the columns are called here. Instead of a column: {column, words: {L: 0, M: 1}} for
//   a
//              column of words
//   time       the column with the time: seconds, or 2014-02-14 14:27:00. Media time begins at 0 with the first row
//   every      instead of time: so much lies between two rows
//   separator  one character (default ,); "tab"
//   realtime   let media time pass as wall time does (default false)
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "runner/pipeline/element.h"
#include "runner/pipeline/elements/csv/csv_reader.h"
#include "runner/pipeline/pacer.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {
namespace {

struct Column {
  std::string header;
  std::map<std::string, double> words;
  size_t index = 0;
};

struct CsvOptions {
  std::string path;
  std::vector<Column> columns;
  std::string time;  // empty: every_us
  int64_t every_us = 0;
  char separator = ',';
  bool is_realtime = false;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

class CsvSource final : public Source {
 public:
  static Result<std::unique_ptr<CsvSource>> Open(CsvOptions options) {
    std::unique_ptr<std::FILE, CloseFile> file(std::fopen(options.path.c_str(), "rb"));
    if (file == nullptr) return VERGE_ERROR(kNotFound, options.path + ": cannot be read");
    auto source = std::unique_ptr<CsvSource>(new CsvSource(std::move(options), std::move(file)));
    VERGE_TRY(source->ReadHeader());
    return source;
  }

  Result<bool> Next(Packet& packet) override {
    if (pacer_.is_stopping()) return false;
    VERGE_TRY_ASSIGN(const bool has_row, reader_.Next(cells_));
    if (!has_row) return false;
    packet.frame = rows_;
    VERGE_TRY_ASSIGN(packet.media_us, MediaTime());
    Samples samples;
    samples.times_us.push_back(packet.media_us);
    for (const Column& column : options_.columns) {
      VERGE_TRY_ASSIGN(const double value, ValueOf(column));
      samples.values.push_back(value);
    }
    ++rows_;
    if (options_.is_realtime && !pacer_.WaitUntil(packet.media_us)) return false;
    packet.samples = std::make_shared<const Samples>(std::move(samples));
    return true;
  }
  void Stop() override { pacer_.Stop(); }

 private:
  CsvSource(CsvOptions options, std::unique_ptr<std::FILE, CloseFile> file)
      : options_(std::move(options)),
        file_(std::move(file)),
        reader_([this] { return ReadPiece(); }, options_.separator) {}

  Result<std::string> ReadPiece() {
    std::string piece(1 << 16, '\0');
    piece.resize(std::fread(piece.data(), 1, piece.size(), file_.get()));
    if (std::ferror(file_.get()) != 0) return VERGE_ERROR(kUnavailable, options_.path + ": reading failed");
    return piece;
  }

  Status Fail(const std::string& what) const {
    return VERGE_ERROR(kDataLoss, options_.path + ":" + std::to_string(reader_.line()) + ": " + what);
  }

  Result<size_t> Find(const std::string& header) const {
    const auto found = std::find(cells_.begin(), cells_.end(), header);
    if (found != cells_.end()) return static_cast<size_t>(found - cells_.begin());
    std::string known;
    for (const std::string& cell : cells_) known += (known.empty() ? "" : ", ") + cell;
    return Fail("no column \"" + header + "\"; there are: " + known.substr(0, 500));
  }

  Status ReadHeader() {
    VERGE_TRY_ASSIGN(const bool has_row, reader_.Next(cells_));
    if (!has_row) return Fail("the file is empty; its first line names the columns");
    if (cells_[0].starts_with("\xef\xbb\xbf")) cells_[0].erase(0, 3);
    for (Column& column : options_.columns) {
      VERGE_TRY_ASSIGN(column.index, Find(column.header));
    }
    if (options_.time.empty()) return Status::Ok();
    VERGE_TRY_ASSIGN(time_index_, Find(options_.time));
    return Status::Ok();
  }

  Result<const std::string*> CellOf(size_t index, const std::string& header) const {
    if (index < cells_.size()) return &cells_[index];
    return Fail("the row ends before column \"" + header + "\"");
  }

  Result<int64_t> MediaTime() {
    if (options_.time.empty()) return rows_ * options_.every_us;
    VERGE_TRY_ASSIGN(const std::string* cell, CellOf(time_index_, options_.time));
    const std::optional<int64_t> time_us = ParseCsvTimeUs(*cell);
    if (!time_us)
      return Fail("expected a time in column \"" + options_.time + "\", got \"" + cell->substr(0, 100) + "\"");
    if (rows_ == 0) first_us_ = last_us_ = *time_us;
    if (*time_us < last_us_) return Fail("time goes back in column \"" + options_.time + "\"");
    last_us_ = *time_us;
    return *time_us - first_us_;
  }

  Result<double> ValueOf(const Column& column) const {
    VERGE_TRY_ASSIGN(const std::string* cell, CellOf(column.index, column.header));
    if (!column.words.empty()) {
      const auto word = column.words.find(*cell);
      if (word != column.words.end()) return word->second;
      return Fail("no number for the word \"" + cell->substr(0, 100) + "\" of column \"" + column.header + "\"");
    }
    const std::optional<double> value = ParseCsvNumber(*cell);
    if (value) return *value;
    return Fail("expected a number in column \"" + column.header + "\", got \"" + cell->substr(0, 100) + "\"");
  }

  CsvOptions options_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  CsvReader reader_;
  std::vector<std::string> cells_;
  size_t time_index_ = 0;
  int64_t rows_ = 0;
  int64_t first_us_ = 0;
  int64_t last_us_ = 0;
  Pacer pacer_;
};

Result<Column> ReadColumn(yaml::Fields& f, const std::string& name, const yaml::Node& node) {
  const std::string path = f.PathOf("channels") + "." + name;
  Column column;
  if (node.kind == yaml::Kind::kScalar) {
    VERGE_TRY_ASSIGN(column.header, yaml::StringOf(f.document(), node, path));
    return column;
  }
  VERGE_TRY_ASSIGN(yaml::Fields fields, yaml::Fields::Of(f.document(), node, path));
  VERGE_TRY_ASSIGN(column.header, fields.String("column"));
  VERGE_TRY_ASSIGN(const yaml::Node* words, fields.Required("words", "a map of words and their numbers"));
  if (words->kind != yaml::Kind::kMap) return fields.Expected("words", "a map of words and their numbers");
  for (const auto& [word, number] : words->fields) {
    VERGE_TRY_ASSIGN(column.words[word], yaml::NumberOf(f.document(), number, path + ".words." + word, {}));
  }
  VERGE_TRY(fields.Done());
  return column;
}

Result<Made> MakeCsv(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  CsvOptions o;
  VERGE_TRY_ASSIGN(const std::string file, f.String("file"));
  VERGE_TRY_ASSIGN(const yaml::Node* channels, f.Required("channels", "a map of names and columns"));
  if (channels->kind != yaml::Kind::kMap || channels->fields.empty() || channels->fields.size() > CsvReader::kMaxCells)
    return f.Expected("channels", "a map of names and columns");
  Made made;
  made.output = Port::Of(PortKind::kSamples);
  for (const auto& [name, node] : channels->fields) {
    VERGE_TRY_ASSIGN(Column column, ReadColumn(f, name, node));
    made.output->channels.push_back(name);
    o.columns.push_back(std::move(column));
  }
  VERGE_TRY_ASSIGN(o.time, f.String("time", ""));
  VERGE_TRY_ASSIGN(o.every_us, f.DurationUs("every", 0));
  if (o.time.empty() == (o.every_us == 0))
    return f.Expected("time", "either 'time' (a column) or 'every' (a duration)");
  if (o.every_us > 0) made.output->rate_hz = 1e6 / static_cast<double>(o.every_us);
  VERGE_TRY_ASSIGN(const std::string separator, f.String("separator", ","));
  if (separator.size() != 1 && separator != "tab") return f.Expected("separator", "one character, or tab");
  o.separator = separator == "tab" ? '\t' : separator[0];
  VERGE_TRY_ASSIGN(o.is_realtime, f.Bool("realtime", false));
  made.is_blocking = o.is_realtime;
  if (!args.services.OpensSources()) return made;
  if (file.empty()) return f.Expected("file", "the path of a table (a parameter may be unset: --param name=value)");
  o.path = args.services.PathOf(file);
  Result<std::unique_ptr<CsvSource>> source = CsvSource::Open(std::move(o));
  if (!source.ok()) return std::move(source).status().WithContext(f.PlaceOf("file"));
  made.source = *std::move(source);
  return made;
}

}  // namespace

ElementType CsvElement() { return {"csv", "samples of a text table", {}, MakeCsv}; }

}  // namespace verge::runner::pipeline
