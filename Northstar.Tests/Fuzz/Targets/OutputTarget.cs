// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Containers.Tools;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>
/// What containers and debug tools print: cut into lines for the log, none longer than a limit, nothing lost; of strace's, those from the payload's first
/// execve on.
/// </summary>
internal static class OutputTarget
{
    private const int MaxLine = 64;
    private const int MaxInput = 32 << 10;

    internal static FuzzTarget Create()
    {
        byte[][] corpus = Corpora.Bytes(
            "", "\n", "one\ntwo\r\nthree", "\n\n\n", new string('x', MaxLine), new string('x', MaxLine) + "\n", new string('x', MaxLine + 1), new string('é', 200) + "\nend\n",
            "strace: Process 7 attached\nprctl(1) = 0\nexecve(\"/x\", [\"/x\"], 0x7f /* 3 vars */) = 0\nbrk(NULL) = 0x1\n", "execv\ne(\nexecve\n(",
            new string('x', MaxLine - 3) + "execve(");
        return new FuzzTarget
        {
            Name = "output-lines",
            Corpus = corpus,
            Mutator = new TextMutator(["\n", "\r\n", "execve(", new string('x', MaxLine), new string('\n', 100)], corpus),
            Parse = input => new FuzzOutcome(Read(Cut(input))),
            Check = (input, value) => CheckLines(Cut(input), (List<(byte[] Line, bool IsKept)>)value),
            AllocationCapBytes = 256 << 10,
            AllocationPerByte = 256,
            Cases = 5_000,
        };
    }

    // All of it fits into the socket, so that one thread can write and then read.
    private static byte[] Cut(byte[] input) => input.Length <= MaxInput ? input : input[..MaxInput];

    private static List<(byte[] Line, bool IsKept)> Read(byte[] input)
    {
        List<(byte[] Line, bool IsKept)> lines = [];
        var filter = new StraceFilter(includeRuntime: false);
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        using (var writer = theirs.ToSocket())
        {
            FuzzException.Require(input.Length == 0 || writer.Send(input) == input.Length, "the input fits into the socket");
        }

        LineReader.ReadAsync(ours.ToSocket(), line => lines.Add((line.ToArray(), filter.Accepts(line))), CancellationToken.None, MaxLine)
            .WaitAsync(TimeSpan.FromMinutes(1)).GetAwaiter().GetResult();
        return lines;
    }

    private static void CheckLines(byte[] input, List<(byte[] Line, bool IsKept)> lines)
    {
        FuzzException.Require(lines.All(line => line.Line.Length <= MaxLine && !line.Line.Contains((byte)'\n')), "a piece is a line, and not too long");
        FuzzException.Require(lines.SelectMany(line => line.Line).SequenceEqual(input.Where(b => b != '\n')), "nothing is lost and nothing is added");
        FuzzException.Require(lines.Count >= input.Count(b => b == '\n'), "every line is there");
        int first = lines.FindIndex(line => line.Line.AsSpan().IndexOf("execve("u8) >= 0);
        FuzzException.Require(lines.FindIndex(line => line.IsKept) == first && lines.Skip(Math.Max(0, first)).All(line => line.IsKept == first >= 0),
            "strace's lines are kept from the first execve on");
    }
}
