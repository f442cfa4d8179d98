// SPDX-License-Identifier: GPL-2.0-or-later
// A unit of a large C++ program, which has many such, each with a number of its own.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>
namespace unit0 {
struct item {
int number;
std::string text;
bool operator<(const item &other) const
{ return number < other.number || (number == other.number && text < other.text); }
};
int sorted(std::vector<item> &items)
{
std::stable_sort(items.begin(), items.end());
std::unordered_map<std::string, item> by_text;
std::map<item, int> counts;
for (auto &one : items) {
by_text[one.text] = one;
counts[one]++;
}
std::ostringstream out;
for (auto &pair : by_text)
out << pair.first << pair.second.number;
std::function<size_t(size_t)> more = [&](size_t n) { return n + items.size(); };
return out.str().size() + more(counts.size()) + std::make_shared<item>(items[0])->number;
}
bool matches(const std::string &text)
{
static std::regex pattern("a+(b|c)*");
return std::regex_search(text, pattern);
}
}
