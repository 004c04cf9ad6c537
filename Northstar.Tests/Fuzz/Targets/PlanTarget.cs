// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Init;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Tests.Runtime.Launch;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>Plans of launches as northstar-init reads them. The plan ends where readable memory ends, so that a read beyond it is no accident that goes unseen.</summary>
internal static unsafe partial class PlanTarget
{
    private const int PageSize = 4096;
    private const int Pages = 80;
    private const int DescriptorCount = 4;

    private static byte* s_end;

    internal static FuzzTarget Create()
    {
        Lazy<byte[][]> corpus = new(MakeCorpus);
        return new FuzzTarget
        {
            Name = "launch-plan",
            Corpus = corpus.Value,
            Mutator = new ByteMutator([]),
            Parse = Parse,
            Refusal = e => e is PlanRefusedException ? ["malformed"] : null,
            Kinds = ["malformed"],
            AllocationCapBytes = 16 << 20,
            Cases = 8_000,
        };
    }

    private static byte[][] MakeCorpus() =>
    [
        .. Enumerable.Range(0, 12).Select(seed =>
        {
            using RandomPlan random = RandomPlan.Create(seed, seed % 4, 12);
            using SafeFd control = Descriptors.NewMemfd("control");
            var writer = new LaunchPlanWriter();
            writer.Write(random.Plan, control);
            return writer.Bytes.ToArray();
        }),
        [], [1], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0],
    ];

    private static FuzzOutcome Parse(byte[] input)
    {
        if (s_end is null)
        {
            Map();
        }

        input = input.Length <= (Pages - 1) * PageSize ? input : input[..((Pages - 1) * PageSize)];
        byte* start = s_end - input.Length;
        input.CopyTo(new Span<byte>(start, input.Length));
        ReceivedRequest request = default;
        request.Plan = start;
        request.PlanLength = input.Length;
        request.DescriptorCount = DescriptorCount;
        for (int i = 0; i < DescriptorCount; i++)
        {
            request.Descriptors[i] = -1;
        }

        return new FuzzOutcome(PlanFields.Read(ref request));
    }

    /// <summary>Maps pages of which the last cannot be touched.</summary>
    private static void Map()
    {
        byte* memory = (byte*)Sys.mmap(null, Pages * PageSize, Sys.PROT_READ | Sys.PROT_WRITE, Sys.MAP_SHARED | Sys.MAP_ANONYMOUS, -1, 0);
        FuzzException.Require((nint)memory != -1, "mmap");
        s_end = memory + ((Pages - 1) * PageSize);
        FuzzException.Require(mprotect(s_end, PageSize, 0) == 0, "mprotect");
    }

    [LibraryImport("libc")]
    private static partial int mprotect(void* address, nuint length, int protection);
}
