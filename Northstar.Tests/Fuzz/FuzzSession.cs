// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Text;

namespace Northstar.Tests.Fuzz;

/// <summary>One run of one target: first the corpus as it is, then changed inputs. Equal seeds give equal cases.</summary>
/// <remarks>An input that was accepted, or refused in a way that is new, is changed further; so later cases reach deeper than the first ones.</remarks>
internal sealed class FuzzSession
{
    private const int MaxPool = 1000;
    private const int MaxPooledLength = 128 << 10;

    private readonly FuzzTarget _target;
    private readonly BlackBox _blackBox;
    private readonly List<byte[]> _pool;
    private readonly List<byte[]> _accepted = [];
    private readonly HashSet<string> _outcomes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known;
    private long _started = Stopwatch.GetTimestamp();

    internal FuzzSession(FuzzTarget target, ulong seed, BlackBox blackBox)
    {
        (_target, Seed, _blackBox) = (target, seed, blackBox);
        _pool = [.. target.Corpus];
        _known = [.. target.Kinds, .. target.OtherKinds];
        Reach = target.Kinds.ToDictionary(kind => kind, _ => 0L, StringComparer.Ordinal);
    }

    internal ulong Seed { get; }

    /// <summary>Gets the number of the case that runs, or ran last; those of the corpus come first.</summary>
    internal long Case { get; private set; }

    internal long Accepted { get; private set; }

    /// <summary>Gets the input of the case that runs, or ran last.</summary>
    internal byte[] Input { get; private set; } = [];

    /// <summary>Gets how much of what it may allocate a case took at most, in percent.</summary>
    internal long LargestAllocationPercent { get; private set; }

    /// <summary>Gets how often each kind of error was hit.</summary>
    internal Dictionary<string, long> Reach { get; }

    /// <summary>Gets how long the case has been running.</summary>
    internal TimeSpan Age => Stopwatch.GetElapsedTime(Volatile.Read(ref _started));

    /// <summary>Runs the corpus.</summary>
    internal void RunCorpus()
    {
        foreach (byte[] input in _target.Corpus.Concat(_target.Probes).Concat(FuzzFixtures.FilesOf(_target.Name).Select(File.ReadAllBytes)))
        {
            RunCase(input);
        }
    }

    /// <summary>Runs changed inputs until <paramref name="cases"/> have run in all, or the time is over.</summary>
    internal void RunMutations(long cases, TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        ulong stream = Seed ^ BitConverter.ToUInt64(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(_target.Name)));
        while (Case < cases && (Case % 16 != 0 || Stopwatch.GetElapsedTime(start) < time))
        {
            var random = new FuzzRandom(unchecked(stream + ((ulong)Case * 0xD1B54A32D192ED03)));
            IReadOnlyList<byte[]> parents = _accepted.Count > 0 && random.OneIn(2) ? _accepted : _pool;
            RunCase(_target.Mutator.Mutate(random, random.Pick(parents), _pool));
        }
    }

    /// <summary>Runs one input.</summary>
    internal void RunCase(byte[] input)
    {
        Case++;
        Input = input;
        Volatile.Write(ref _started, Stopwatch.GetTimestamp());
        _blackBox.Record(input);
        FuzzOutcome outcome = Measure(input);
        foreach (string kind in outcome.Kinds)
        {
            FuzzException.Require(_known.Contains(kind), $"the error kind '{kind}' is not in the table of the target");
            Reach[kind] = Reach.GetValueOrDefault(kind) + 1;
        }

        if (outcome.Value is not null)
        {
            Accepted++;
            _target.Check(input, outcome.Value);
            (outcome.Value as IDisposable)?.Dispose();
        }

        bool isNew = _outcomes.Add(string.Join(' ', outcome.Kinds.Distinct().Order(StringComparer.Ordinal)));
        if (input.Length <= MaxPooledLength && outcome.Value is not null)
        {
            Keep(_accepted, input);
        }
        else if (input.Length <= MaxPooledLength && isNew)
        {
            Keep(_pool, input);
        }
    }

    /// <summary>Keeps an input; when there are too many, it takes the place of another, but not of the corpus at the front.</summary>
    private void Keep(List<byte[]> inputs, byte[] input)
    {
        int fixedCount = Math.Min(_target.Corpus.Count, MaxPool / 2);
        if (inputs.Count < fixedCount + MaxPool)
        {
            inputs.Add(input);
        }
        else
        {
            inputs[fixedCount + (int)(Case % MaxPool)] = input;
        }
    }

    private FuzzOutcome Measure(byte[] input)
    {
        FuzzOutcome outcome = Parse(input, out long allocated);
        long cap = _target.AllocationCapBytes + ((long)_target.AllocationPerByte * input.Length);
        if (allocated > cap)
        {
            // What is made once and kept is not the input's doing.
            (outcome.Value as IDisposable)?.Dispose();
            outcome = Parse(input, out allocated);
            FuzzException.Require(allocated <= cap, $"{allocated} bytes were allocated; {cap} are allowed");
        }

        LargestAllocationPercent = Math.Max(LargestAllocationPercent, 100 * allocated / cap);
        return outcome;
    }

    private FuzzOutcome Parse(byte[] input, out long allocated)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        FuzzOutcome outcome;
        try
        {
            outcome = _target.Parse(input);
        }
        catch (Exception e) when (_target.Refusal(e) is { } kinds)
        {
            outcome = new FuzzOutcome(null, kinds);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return outcome;
    }
}
