// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using Northstar.Npk.Toml;

namespace Northstar.Tests.Npk.Toml;

/// <summary>Runs the data of the public toml-test suite, which stays outside the repository.</summary>
[TestFixture]
public sealed class TomlConformanceTests
{
    private const string NoData = "no toml-test data: set NORTHSTAR_TOML_TEST or place it at ../shared/toml-test beside the repository";

    private static readonly string? s_folder = FindFolder();

    [TestCaseSource(nameof(Valid))]
    public void Read_ValidDocument_EqualsTheTypedJson(string? file)
    {
        string path = Resolve(file);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(path, ".json")));

        TomlTable table = TomlReader.Read(File.ReadAllBytes(path));

        AssertEqual(table, expected.RootElement, "");
    }

    [TestCaseSource(nameof(Invalid))]
    public void Read_InvalidDocument_ThrowsWithItsPlace(string? file)
    {
        byte[] bytes = File.ReadAllBytes(Resolve(file));

        TomlException e = Assert.Throws<TomlException>(() => TomlReader.Read(bytes))!;

        Assert.That(e.Position.Line, Is.InRange(1, bytes.Count(b => b == '\n') + 1));
        Assert.That(e.Position.Column, Is.GreaterThan(0));
    }

    private static IEnumerable<TestCaseData> Valid() => Cases("valid");

    private static IEnumerable<TestCaseData> Invalid() => Cases("invalid");

    private static IEnumerable<TestCaseData> Cases(string kind)
    {
        if (s_folder is null)
        {
            return [new TestCaseData((string?)null).Ignore(NoData)];
        }

        return Directory.GetFiles(Path.Combine(s_folder, kind), "*.toml", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(s_folder, file)).Order(StringComparer.Ordinal).Select(file => new TestCaseData(file));
    }

    private static string Resolve(string? file) => Path.Combine(s_folder!, file!);

    private static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable("NORTHSTAR_TOML_TEST") is { Length: > 0 } named)
        {
            return named;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Northstar.slnx")))
            {
                string path = Path.Combine(folder.FullName, "..", "shared", "toml-test");
                return Directory.Exists(path) ? path : null;
            }
        }

        return null;
    }

    private static void AssertEqual(TomlValue actual, JsonElement expected, string path)
    {
        Assert.That(actual.Position.Line, Is.GreaterThan(0), path);
        switch (actual)
        {
            case TomlTable table:
                Assert.That(table.Select(e => e.Key), Is.EquivalentTo(expected.EnumerateObject().Select(p => p.Name)), path);
                foreach (TomlEntry entry in table)
                {
                    AssertEqual(entry.Value, expected.GetProperty(entry.Key), $"{path}/{entry.Key}");
                }

                break;
            case TomlArray array:
                Assert.That(array, Has.Count.EqualTo(expected.GetArrayLength()), path);
                for (int i = 0; i < array.Count; i++)
                {
                    AssertEqual(array[i], expected[i], $"{path}/{i}");
                }

                break;
            default:
                AssertScalar(actual, expected.GetProperty("type").GetString()!, expected.GetProperty("value").GetString()!, path);
                break;
        }
    }

    private static void AssertScalar(TomlValue actual, string type, string value, string path)
    {
        switch (actual)
        {
            case TomlString text:
                Assert.That((type, value), Is.EqualTo(("string", text.Value)), path);
                break;
            case TomlInteger number:
                Assert.That((type, value), Is.EqualTo(("integer", number.Value.ToString(CultureInfo.InvariantCulture))), path);
                break;
            case TomlBoolean boolean:
                Assert.That((type, value), Is.EqualTo(("bool", boolean.Value ? "true" : "false")), path);
                break;
            case TomlFloat number:
                Assert.That(type, Is.EqualTo("float"), path);
                double expected = value switch
                {
                    "inf" => double.PositiveInfinity,
                    "-inf" => double.NegativeInfinity,
                    "nan" => double.NaN,
                    _ => double.Parse(value, CultureInfo.InvariantCulture),
                };
                Assert.That(number.Value, Is.EqualTo(expected), path);
                break;
            case TomlDateTime time:
                string name = time.KindName switch
                {
                    "offset date-time" => "datetime",
                    "local date-time" => "datetime-local",
                    "local date" => "date-local",
                    _ => "time-local",
                };
                Assert.That(type, Is.EqualTo(name), path);
                Assert.That(Normal(time.ToString()), Is.EqualTo(Normal(value)), path);
                break;
            default:
                Assert.Fail($"{path}: a {actual.KindName} is no scalar");
                break;
        }
    }

    // The suite writes fractions with zeros at the end.
    private static string Normal(string time)
    {
        int dot = time.IndexOf('.', StringComparison.Ordinal);
        int end = dot < 0 ? -1 : time.AsSpan(dot + 1).IndexOfAnyExceptInRange('0', '9');
        end = end < 0 ? time.Length : dot + 1 + end;
        return dot < 0 ? time : time[..end].TrimEnd('0').TrimEnd('.') + time[end..];
    }
}
