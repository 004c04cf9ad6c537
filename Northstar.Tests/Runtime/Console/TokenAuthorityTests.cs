// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Console;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Console;

/// <summary>Tokens: vectors of chapter 14 of the protocol and the order of the checks.</summary>
public sealed class TokenAuthorityTests
{
    private static readonly TimeSpan s_validity = TimeSpan.FromSeconds(60);

    [TestCase(0, "client", "server", "hello!", "AAAAAAAAAADAyXpUjndRU8KM8cHggQdjSQmuxIYXJP6Eq/63ir0lqg==")]
    [TestCase(60, "client", "server", "hello!", "AAAAAAAAADySPx6E8Q3Lxd11ZHFwCDenRz9ZbcZVIDMwYTS1pSU5Ww==")]
    [TestCase(0, "extern", "extern", "", "AAAAAAAAAAB6E94wblDtgu80QNd/GhYHqpTb7p/GyQP/+Fm7UxwnHw==")]
    public void Create_Vector_IsReproduced(int seconds, string user, string target, string shared, string token) =>
        Assert.That(Create(Make(seconds).Authority, user, target, shared).ToBase64(), Is.EqualTo(token));

    [TestCase(0, TokenVerification.Ok)]
    [TestCase(30, TokenVerification.Ok)]
    [TestCase(60, TokenVerification.Ok, Description = "exactly as old as allowed")]
    [TestCase(61, TokenVerification.Expired)]
    public void T246_Verify_Age_Decides(int age, TokenVerification outcome)
    {
        (TokenAuthority authority, ManualTimeProvider time) = Make(120);
        Token token = Create(authority, "client", "server", "hello!");
        time.Advance(TimeSpan.FromSeconds(age));
        Assert.That(Verify(authority, token), Is.EqualTo(outcome));
    }

    [TestCase(0UL, TokenVerification.Expired)]
    [TestCase(120UL + 3600, TokenVerification.Future)]
    [TestCase(ulong.MaxValue, TokenVerification.Future)]
    [TestCase(119UL, TokenVerification.Invalid)]
    public void T246_Verify_AnotherTimeStamp_IsNeverOk(ulong seconds, TokenVerification outcome)
    {
        TokenAuthority authority = Make(120).Authority;
        byte[] bytes = Create(authority, "client", "server", "hello!").Bytes.ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, seconds);
        Assert.That(Verify(authority, new Token(bytes)), Is.EqualTo(outcome));
    }

    [Test]
    public void T243_Verify_AnyDamagedByteOfTheMac_IsInvalid([Range(8, 39)] int index)
    {
        TokenAuthority authority = Make(120).Authority;
        byte[] bytes = Create(authority, "client", "server", "hello!").Bytes.ToArray();
        bytes[index] ^= 1;
        Assert.That(Verify(authority, new Token(bytes)), Is.EqualTo(TokenVerification.Invalid));
    }

    [TestCase("foo", "server", "hello!")]
    [TestCase("client", "other", "hello!")]
    [TestCase("client", "server", "x")]
    [TestCase("client", "server", "")]
    public void T241_Verify_OfSomethingElse_IsInvalid(string user, string target, string shared)
    {
        TokenAuthority authority = Make(120).Authority;
        Assert.That(Verify(authority, Create(authority, user, target, shared)), Is.EqualTo(TokenVerification.Invalid));
    }

    [Test]
    public void T245_Verify_OfAnotherProcess_IsInvalid()
    {
        var time = new ManualTimeProvider();
        Token token = Create(new TokenAuthority(time), "client", "server", "hello!");
        Assert.That(Verify(new TokenAuthority(time), token), Is.EqualTo(TokenVerification.Invalid));
    }

    [Test]
    public void C12_SingleUse_TheSecondTimeIsInvalid()
    {
        var authority = new TokenAuthority(new ManualTimeProvider(), isSingleUse: true);
        Token token = Create(authority, "client", "server", "hello!");
        Token another = Create(authority, "client", "server", "hello!");
        Assert.That(another, Is.Not.EqualTo(token), "of the same second");
        Assert.That(Verify(authority, token), Is.EqualTo(TokenVerification.Ok));
        Assert.That(Verify(authority, token), Is.EqualTo(TokenVerification.Invalid));
        Assert.That(Verify(authority, another), Is.EqualTo(TokenVerification.Ok));
    }

    [Test]
    public void C12_SingleUse_AgeAndChangesCountAsBefore()
    {
        var time = new ManualTimeProvider();
        var authority = new TokenAuthority(time, isSingleUse: true);
        Token token = Create(authority, "client", "server", "hello!");
        byte[] renumbered = token.Bytes.ToArray();
        renumbered[3] ^= 1;
        Assert.That(Verify(authority, new Token(renumbered)), Is.EqualTo(TokenVerification.Invalid), "another number is another token");
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.That(Verify(authority, token), Is.EqualTo(TokenVerification.Expired));
    }

    [Test]
    public void C12_SingleUse_RemembersABoundedNumberAndRefusesBeyond()
    {
        var time = new ManualTimeProvider();
        var authority = new TokenAuthority(time, isSingleUse: true);
        for (int i = 0; i < UsedTokens.MaxTokens; i++)
        {
            Assert.That(Verify(authority, Create(authority, "client", "server", "hello!")), Is.EqualTo(TokenVerification.Ok));
        }

        Assert.That(Verify(authority, Create(authority, "client", "server", "hello!")), Is.EqualTo(TokenVerification.Invalid));
        time.Advance(TimeSpan.FromSeconds(62));
        Assert.That(Verify(authority, Create(authority, "client", "server", "hello!")), Is.EqualTo(TokenVerification.Ok), "the old ones are expired");
    }

    [Test]
    public void C12_Forget_ClearsTheKey()
    {
        byte[] key = [.. Enumerable.Repeat((byte)7, 32)];
        var authority = new TokenAuthority(new ManualTimeProvider(), key);
        authority.Forget();
        Assert.That(key, Is.All.Zero);
    }

    /// <summary>The clock begins with the first use, so it is used once at once.</summary>
    private static (TokenAuthority Authority, ManualTimeProvider Time) Make(int seconds)
    {
        var time = new ManualTimeProvider();
        time.Advance(TimeSpan.FromDays(3));
        var authority = new TokenAuthority(time, [.. Enumerable.Range(0, 32).Select(static i => (byte)i)]);
        Create(authority, "first", "use", "");
        time.Advance(TimeSpan.FromSeconds(seconds));
        return (authority, time);
    }

    private static Token Create(TokenAuthority authority, string user, string target, string shared) =>
        authority.Create(ContainerName.Parse(user), ContainerName.Parse(target), Encoding.UTF8.GetBytes(shared));

    private static TokenVerification Verify(TokenAuthority authority, Token token) =>
        authority.Verify(token, ContainerName.Parse("client"), ContainerName.Parse("server"), "hello!"u8, s_validity);
}
