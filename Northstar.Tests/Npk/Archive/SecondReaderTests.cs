// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using System.Text.Json;
using Northstar.Npk;
using Northstar.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Archive;

/// <summary>No archive is accepted that another zip reader reads differently: Python's zipfile, on the corpus, on good packages and on mutations.</summary>
[TestFixture]
internal sealed class SecondReaderTests
{
    private static readonly byte[] s_image = TestPackage.Image(2);

    [Test]
    public void H01_Open_WhateverIsAccepted_IsTheSameToPython()
    {
        Tool.Require("python3");
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        Random random = new(seed);
        byte[][] good = [TestPackage.Signed(s_image), TestPackage.Unsigned(s_image), HostileArchives.Good];
        IEnumerable<byte[]> inputs = good.Concat(HostileArchives.All.Select(static c => c.Archive))
            .Concat(Enumerable.Range(0, 2500).Select(i => Mutate(good[i % good.Length], random)));
        using TestFolder folder = new();
        List<string> expected = [];
        foreach (byte[] input in inputs)
        {
            if (Read(input) is { } entries)
            {
                folder.Write($"{expected.Count:00000}.npk", input);
                expected.Add(entries);
            }
        }

        string script = Path.Combine(TestContext.CurrentContext.TestDirectory, "Fixtures", "zip", "list-entries.py");
        (int exitCode, string output) = Tool.Run("python3", script, folder.Path);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        TestContext.Out.WriteLine($"{expected.Count} accepted");
        Assert.That((exitCode, lines.Length), Is.EqualTo((0, expected.Count)), output);
        Assert.That(expected, Has.Count.GreaterThan(good.Length));
        for (int i = 0; i < lines.Length; i++)
        {
            Assert.That(Normal(lines[i]), Is.EqualTo(expected[i]), $"input {i}");
        }
    }

    /// <summary>Returns comment and entries as text, or null when the archive is refused.</summary>
    private static string? Read(byte[] bytes)
    {
        using TestFolder folder = new();
        try
        {
            using PackageFile file = PackageFile.Open(folder.Write("a", bytes));
            EndRecord end = EndRecord.Read(file);
            IEnumerable<string> entries = CentralDirectoryReader.Read(file, end).Select(entry =>
                $"{entry.Name} {entry.HeaderOffsetBytes} {entry.LengthBytes} {entry.Crc} "
                + Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan((int)entry.DataOffsetBytes, (int)entry.LengthBytes))));
            return string.Join('\n', [Convert.ToHexStringLower(end.Comment), .. entries]);
        }
        catch (NpkException)
        {
            return null;
        }
    }

    private static string Normal(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        return root.TryGetProperty("error", out JsonElement error)
            ? error.GetString()!
            : string.Join('\n', [root.GetProperty("comment").GetString()!, .. root.GetProperty("entries").EnumerateArray().Select(
                static entry => string.Join(' ', entry.EnumerateArray().Select(static field => field.ToString())))]);
    }

    /// <summary>Changes one to three bytes, mostly in the frame, or swaps two 16-bit fields.</summary>
    private static byte[] Mutate(byte[] bytes, Random random)
    {
        byte[] mutated = [.. bytes];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int offset = random.Next(5) switch
            {
                0 => random.Next(700),
                1 => mutated.Length - 1 - random.Next(60),
                2 => mutated.Length - 1 - random.Next(250),
                3 => random.Next(mutated.Length),
                _ => 4096 + random.Next(8192),
            };
            mutated[offset] = random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => (byte)random.Next(256) };
        }

        return mutated;
    }
}
