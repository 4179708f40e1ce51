#include "runner/run/app_files.h"

namespace verge::runner {
namespace {

Result<yaml::Document> ReadYaml(const std::string& dir, const std::string& path, const yaml::Params& params) {
  VERGE_TRY_ASSIGN(const std::string text, app::ReadTextFile(dir, path));
  return yaml::Parse(path, text, &params);
}

}  // namespace

Result<AppFiles> ReadAppFiles(const std::string& dir, const yaml::Params& params) {
  AppFiles files;
  files.dir = dir;
  VERGE_TRY_ASSIGN(files.app, app::ReadApp(dir));
  VERGE_TRY_ASSIGN(const yaml::Params resolved, app::ResolveParams(files.app, params));
  VERGE_TRY_ASSIGN(files.pipeline, ReadYaml(dir, files.app.pipeline, resolved));
  if (!files.app.rules.empty()) {
    VERGE_TRY_ASSIGN(const yaml::Document document, ReadYaml(dir, files.app.rules, resolved));
    VERGE_TRY_ASSIGN(rules::RuleSet set, rules::ReadRules(document));
    files.rules = std::move(set);
  }
  return files;
}

}  // namespace verge::runner
