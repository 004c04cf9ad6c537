// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Northstar.Api;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The sessions that the documents show, replayed on a runtime.</summary>
internal sealed partial class TranscriptTests : RuntimeFixture
{
    private const string Anything = "...";
    private const string Closed = "<closed>";
    private static readonly string[] s_documents = ["README.md", "docs/console.md"];

    // What differs from run to run.
    private static readonly string[] s_figures = ["pid", "uptime", "cpu", "memory", "memory_limit", "tasks"];

    private static IEnumerable<TestCaseData> Transcripts() =>
        from document in s_documents
        let text = File.ReadAllText(Path.Combine(HostProbe.Repository, document))
        from part in Session().Matches(text).Select(static (match, number) => (match, number))
        let lines = part.match.Groups[1].Value.TrimEnd('\n').Split('\n')
        select new TestCaseData([lines]).SetArgDisplayNames($"{document}, session {part.number + 1}");

    [Test]
    public void Sessions_OfTheDocuments_AreFound() => Assert.That(Transcripts().Count(), Is.GreaterThan(7));

    [TestCaseSource(nameof(Transcripts))]
    public async Task Session_OfADocument_GoesAsPrinted(string[] lines)
    {
        await Client.InstallAsync(TestPackages.Sample("hello-world"), "default");
        await Client.InstallAsync(TestPackages.Sample("crashing"), "default");
        await using var console = await Connection.OpenAsync(ConsolePath);
        var tokens = new Dictionary<string, string>();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (line.StartsWith("{\"connect\"", StringComparison.Ordinal) || line.StartsWith("{\"request\"", StringComparison.Ordinal))
            {
                await SendAsync(console, tokens.Aggregate(line, static (text, token) => text.Replace(token.Key, token.Value)), lines.ElementAtOrDefault(i + 1));
            }
            else if (line == Closed)
            {
                Assert.That(await console.ReadLineAsync(), Is.Null);
            }
            else if (line != Anything && !Package().IsMatch(line))
            {
                await ExpectAsync(console, line, skip: lines[i - 1] == Anything, tokens);
            }
        }

        for (int starts = lines.Count(static l => l.StartsWith("{\"response\":{\"start\":{\"ok\"", StringComparison.Ordinal)); starts > 0; starts--)
        {
            await NotificationAsync<Notification.Exit>();
        }
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Repositories.Clear();
        options.Repositories["default"] = new RepositoryOptions { KeyFile = TestPackages.KeyFile };
        return options;
    }

    // A line in angle brackets behind a request stands for a package, whose size is that of today.
    private static async Task SendAsync(Connection console, string line, string? next)
    {
        if (next is null || Package().Match(next) is not { Success: true } package)
        {
            await console.SendAsync(Encoding.UTF8.GetBytes(line + "\n"));
            return;
        }

        string name = package.Groups[2].Value;
        byte[] bytes = await File.ReadAllBytesAsync(TestPackages.Sample(name));
        Assert.That(line, Does.Contain($"\"size\":{package.Groups[1].Value}"));
        line = line.Replace($"\"size\":{package.Groups[1].Value}", $"\"size\":{bytes.Length}");
        await console.SendAsync([.. Encoding.UTF8.GetBytes(line + "\n"), .. bytes]);
    }

    private static async Task ExpectAsync(Connection console, string expected, bool skip, Dictionary<string, string> tokens)
    {
        using JsonDocument wanted = JsonDocument.Parse(expected);
        while (true)
        {
            string? line = await console.ReadLineAsync();
            Assert.That(line, Is.Not.Null, $"the runtime closed the connection instead of {expected}");
            using JsonDocument got = JsonDocument.Parse(line!);
            if (Agrees(wanted.RootElement, got.RootElement, tokens, name: ""))
            {
                return;
            }

            Assert.That(skip, $"expected: {expected}\nbut was:  {line}");
        }
    }

    private static bool Agrees(JsonElement wanted, JsonElement got, Dictionary<string, string> tokens, string name)
    {
        switch (wanted.ValueKind)
        {
            case JsonValueKind.Object when got.ValueKind == JsonValueKind.Object:
                return wanted.EnumerateObject().Select(static p => p.Name).ToHashSet().SetEquals(got.EnumerateObject().Select(static p => p.Name))
                    && wanted.EnumerateObject().All(p => Agrees(p.Value, got.GetProperty(p.Name), tokens, p.Name));
            case JsonValueKind.Array when got.ValueKind == JsonValueKind.Array:
                // Lists of containers have no order.
                IEnumerable<JsonElement> elements = got.EnumerateArray();
                JsonElement[] all = [.. name is "list" or "statistics" ? elements.OrderBy(static e => e.GetRawText(), StringComparer.Ordinal) : elements];
                return all.Length == wanted.GetArrayLength() && all.Zip(wanted.EnumerateArray()).All(pair => Agrees(pair.Second, pair.First, tokens, ""));
            case JsonValueKind.String when got.ValueKind == JsonValueKind.String && name == "token":
                tokens[wanted.GetString()!] = got.GetString()!;
                return got.GetString()!.Length == wanted.GetString()!.Length;
            default:
                return s_figures.Contains(name) || wanted.GetRawText() == got.GetRawText();
        }
    }

    /// <summary>Lines as they are, in both directions.</summary>
    private sealed class Connection : IAsyncDisposable
    {
        private readonly NetworkStream _stream;
        private readonly StreamReader _reader;

        private Connection(Socket socket)
        {
            _stream = new NetworkStream(socket, ownsSocket: true);
            _reader = new StreamReader(_stream);
        }

        public ValueTask DisposeAsync() => _stream.DisposeAsync();

        internal static async Task<Connection> OpenAsync(string path)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            return new Connection(socket);
        }

        internal ValueTask SendAsync(byte[] bytes) => _stream.WriteAsync(bytes);

        internal async Task<string?> ReadLineAsync()
        {
            using var limit = new CancellationTokenSource(Limit);
            return await _reader.ReadLineAsync(limit.Token);
        }
    }

    [GeneratedRegex("^```console\n# socat [^\n]*\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Session();

    [GeneratedRegex(@"^<the ([0-9]+) bytes of (.*)\.npk>$")]
    private static partial Regex Package();
}
