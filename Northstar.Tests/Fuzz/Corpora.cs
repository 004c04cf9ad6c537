// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Tests.Fuzz;

/// <summary>Where inputs come from that the tests have already.</summary>
internal static class Corpora
{
    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    internal static byte[][] Bytes(params IEnumerable<string> texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Returns the first argument of every test case of a fixture that is a text: what its author found worth trying.</summary>
    internal static IEnumerable<string> TestCases(Type fixture) =>
        fixture.GetMethods().SelectMany(method => method.GetCustomAttributes(typeof(TestCaseAttribute), inherit: false).Cast<TestCaseAttribute>())
            .Select(testCase => testCase.Arguments.FirstOrDefault()).OfType<string>();

    /// <summary>Returns the lines of a golden file.</summary>
    internal static string[] GoldenLines(string name) => File.ReadAllLines(GoldenPath(name));

    /// <summary>Returns a golden file.</summary>
    internal static byte[] Golden(string name) => File.ReadAllBytes(GoldenPath(name));

    private static string GoldenPath(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "golden", name);
}
