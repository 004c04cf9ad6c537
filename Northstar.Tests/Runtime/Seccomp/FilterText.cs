// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Tests.Runtime.Seccomp;

/// <summary>Reads a compiled filter back: which answers one call can get, and by which arguments.</summary>
/// <remarks>Follows every path of the program with unknown arguments, so nothing but the program itself decides what is written.</remarks>
internal static class FilterText
{
    private readonly record struct Word(uint Offset, uint Mask);

    private readonly record struct Condition(Word Word, uint Value, bool Equal);

    private readonly record struct Outcome(Condition[] Conditions, uint Answer);

    /// <summary>Returns a text such as <c>allow</c> or <c>arg0=0x8 allow, else kill</c>.</summary>
    internal static string Describe(byte[] program, uint number, uint auditArch)
    {
        List<Outcome> outcomes = [];
        Follow(program, 0, null, 0, number, auditArch, [], outcomes);
        uint otherwise = outcomes[^1].Answer;
        IEnumerable<Outcome> decisive = outcomes.AsEnumerable().Reverse().SkipWhile(o => o.Answer == otherwise).Reverse();
        string text = string.Concat(decisive.Select(static o => $"{Arguments(o.Conditions)} {Name(o.Answer)}, "));
        return text.Length == 0 ? Name(otherwise) : $"{text}else {Name(otherwise)}";
    }

    private static void Follow(
        byte[] program, int counter, Word? word, uint constant, uint number, uint auditArch, Condition[] conditions, List<Outcome> outcomes)
    {
        while (true)
        {
            ReadOnlySpan<byte> instruction = program.AsSpan(counter++ * 8, 8);
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (instruction[0])
            {
                case 0x20:
                    word = k < 16 ? null : new Word(k, uint.MaxValue);
                    constant = k == 0 ? number : auditArch;
                    break;
                case 0x54 when word is { } loaded:
                    word = loaded with { Mask = loaded.Mask & k };
                    break;
                case 0x05:
                    counter += (int)k;
                    break;
                case 0x35 when word is null:
                    counter += constant >= k ? instruction[2] : instruction[3];
                    break;
                case 0x15 when word is null:
                    counter += constant == k ? instruction[2] : instruction[3];
                    break;
                case 0x15 when Known(conditions, word!.Value, k) is { } known:
                    counter += known ? instruction[2] : instruction[3];
                    break;
                case 0x15:
                    Follow(program, counter + instruction[2], word, 0, number, auditArch, [.. conditions, new(word.Value, k, true)], outcomes);
                    conditions = [.. conditions, new(word.Value, k, false)];
                    counter += instruction[3];
                    break;
                case 0x06:
                    outcomes.Add(new Outcome(conditions, k));
                    return;
                default:
                    throw new InvalidDataException($"instruction {counter - 1}: {Convert.ToHexString(instruction)}");
            }
        }
    }

    /// <summary>Says what an earlier comparison of the same word tells about this one.</summary>
    private static bool? Known(Condition[] conditions, Word word, uint value)
    {
        foreach (Condition condition in conditions.Where(c => c.Word == word))
        {
            if (condition.Value == value)
                return condition.Equal;
            if (condition.Equal)
                return false;
        }

        return null;
    }

    private static string Arguments(Condition[] conditions) => string.Join(" and ", conditions.Where(static c => c.Equal)
        .GroupBy(static c => (c.Word.Offset - 16) / 8).Select(static argument =>
        {
            ulong mask = 0, value = 0;
            foreach (Condition condition in argument)
            {
                int shift = condition.Word.Offset % 8 == 0 ? 0 : 32;
                mask |= (ulong)condition.Word.Mask << shift;
                value |= (ulong)condition.Value << shift;
            }

            return mask == ulong.MaxValue ? $"arg{argument.Key}=0x{value:x}" : $"arg{argument.Key}&0x{mask:x}=0x{value:x}";
        }));

    private static string Name(uint answer) => answer switch
    {
        0x7FFF0000 => "allow",
        0x80000000 => "kill",
        0x00050001 => "EPERM",
        0x00050026 => "ENOSYS",
        0x00050061 => "EAFNOSUPPORT",
        _ => throw new InvalidDataException($"answer {answer:x8}"),
    };
}
