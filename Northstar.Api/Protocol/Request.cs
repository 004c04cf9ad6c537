// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>A request of a client; the runtime answers each with one <see cref="Response"/>. A closed hierarchy.</summary>
public abstract record Request : Message
{
    private Request()
    {
    }

    /// <summary>Gets the permission that the connection needs for this request: one, or for following output two together.</summary>
    public Permissions RequiredPermission => this switch
    {
        Ident => Permissions.Ident,
        Inspect => Permissions.Inspect,
        Install => Permissions.Install,
        Kill => Permissions.Kill,
        List => Permissions.List,
        Mount => Permissions.Mount,
        OutputSubscribe or OutputUnsubscribe => Permissions.Inspect | Permissions.Notifications,
        Repositories => Permissions.Repositories,
        SetFloor => Permissions.Downgrade,
        Shutdown => Permissions.Shutdown,
        Start { Init: null, Arguments.Count: 0, Environment.Count: 0 } => Permissions.Start,
        Start => Permissions.StartCommand,
        Statistics or Verify => Permissions.Inspect,
        TokenCreate => Permissions.TokenCreate,
        TokenVerify => Permissions.TokenVerification,
        Umount => Permissions.Umount,
        _ => Permissions.Uninstall,
    };

    /// <summary>Gets a value indicating whether the request is beyond version 0.9.3 of the protocol; see <see cref="ProtocolExtensions"/>.</summary>
    public bool IsExtension => ProtocolExtensions.NameOf(this) is not null;

    /// <summary>Asks for the identity of the connection.</summary>
    public sealed record Ident : Request;

    /// <summary>Asks for the data of one container.</summary>
    /// <param name="Container">The container.</param>
    public sealed record Inspect(ContainerId Container) : Request;

    /// <summary>Announces a package; its bytes follow the line directly.</summary>
    /// <param name="Repository">The repository that gets it.</param>
    /// <param name="SizeBytes">The number of bytes that follow.</param>
    public sealed record Install(string Repository, ulong SizeBytes) : Request
    {
        /// <summary>
        /// Gets what the runtime needs to hash the image while it arrives instead of afterwards, or null (extension <see cref="ProtocolExtensions.Image"/>). The runtime takes
        /// it for a hint: what is wrong costs time and nothing else.
        /// </summary>
        public ImageHashing? Image { get; init; }
    }

    /// <summary>Sends a signal to the process group of a container.</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Signal">The signal's number; 1 to 31 are valid.</param>
    public sealed record Kill(ContainerId Container, int Signal) : Request;

    /// <summary>Asks for all installed containers.</summary>
    public sealed record List : Request;

    /// <summary>Mounts containers, each on its own.</summary>
    /// <param name="Containers">The containers; the results have the same order.</param>
    public sealed record Mount(IReadOnlyList<ContainerId> Containers) : Request
    {
        /// <inheritdoc/>
        public bool Equals(Mount? other) => other is not null && Values.Equal(Containers, other.Containers);

        /// <inheritdoc/>
        public override int GetHashCode() => Values.Hash(Containers);
    }

    /// <summary>
    /// Follows what a container writes from now on (extension <see cref="ProtocolExtensions.Output"/>), over all its starts, until
    /// <see cref="OutputUnsubscribe"/> or the end of the connection. A second one for the same container replaces the first.
    /// </summary>
    /// <param name="Container">The container. It need not be started yet.</param>
    /// <param name="Stdout">Whether its standard output is followed.</param>
    /// <param name="Stderr">Whether its standard error is followed.</param>
    public sealed record OutputSubscribe(ContainerId Container, bool Stdout, bool Stderr) : Request;

    /// <summary>Follows a container no longer (extension <see cref="ProtocolExtensions.Output"/>). No error when it was not followed.</summary>
    /// <param name="Container">The container.</param>
    public sealed record OutputUnsubscribe(ContainerId Container) : Request;

    /// <summary>Asks for the identifiers of all repositories.</summary>
    public sealed record Repositories : Request;

    /// <summary>
    /// Sets the lowest version of a name that may be installed and started, upwards or downwards (extension <see cref="ProtocolExtensions.Floor"/>).
    /// The repository must learn floors.
    /// </summary>
    /// <param name="Repository">The repository.</param>
    /// <param name="Container">The name and its lowest version.</param>
    public sealed record SetFloor(string Repository, ContainerId Container) : Request;

    /// <summary>Stops the runtime.</summary>
    public sealed record Shutdown : Request;

    /// <summary>Starts a container. Strings must not have U+0000.</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Init">The program instead of the manifest's, or null.</param>
    /// <param name="Arguments">The arguments instead of the manifest's; empty keeps those.</param>
    /// <param name="Environment">The environment instead of the manifest's; empty keeps that.</param>
    public sealed record Start(ContainerId Container, string? Init, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
        : Request
    {
        /// <summary>Makes a request that starts a container as its manifest says.</summary>
        public Start(ContainerId container)
            : this(container, null, [], System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty)
        {
        }

        /// <inheritdoc/>
        public bool Equals(Start? other) => other is not null && Container == other.Container && Init == other.Init
            && Values.Equal(Arguments, other.Arguments) && Values.Equal(Environment, other.Environment);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Container, Init, Values.Hash(Arguments), Environment.Count);
    }

    /// <summary>Asks for the state and the consumption of all containers (extension <see cref="ProtocolExtensions.Statistics"/>).</summary>
    public sealed record Statistics : Request;

    /// <summary>Creates a token that proves the connection's name to a target.</summary>
    /// <param name="Target">The name of who will verify it.</param>
    /// <param name="Shared">Bytes that tie the token to one use; may be empty.</param>
    public sealed record TokenCreate(ContainerName Target, ReadOnlyMemory<byte> Shared) : Request
    {
        /// <inheritdoc/>
        public bool Equals(TokenCreate? other) => other is not null && Target == other.Target && Values.Equal(Shared, other.Shared);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Target, Values.Hash(Shared));
    }

    /// <summary>Verifies a token that was made for the connection's own name.</summary>
    /// <param name="Token">The token.</param>
    /// <param name="User">The name of who claims to have created it.</param>
    /// <param name="Shared">The bytes it was created with.</param>
    public sealed record TokenVerify(Token Token, ContainerName User, ReadOnlyMemory<byte> Shared) : Request
    {
        /// <summary>
        /// Gets the age in seconds from which on the token is expired, when that is less than the configured one; or null (extension <see cref="ProtocolExtensions.Token"/>).
        /// </summary>
        public uint? ValiditySeconds { get; init; }

        /// <summary>
        /// Gets the identity of the process that presented the token, which must be one of <see cref="User"/>, a container that runs; or null (extension
        /// <see cref="ProtocolExtensions.Token"/>). <see cref="PeerIdentity.Of"/> tells it.
        /// </summary>
        public ulong? Presenter { get; init; }

        /// <inheritdoc/>
        public bool Equals(TokenVerify? other) =>
            other is not null && Token.Equals(other.Token) && User == other.User && Values.Equal(Shared, other.Shared)
            && ValiditySeconds == other.ValiditySeconds && Presenter == other.Presenter;

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Token, User, Values.Hash(Shared));
    }

    /// <summary>Unmounts containers, each on its own.</summary>
    /// <param name="Containers">The containers; the results have the same order.</param>
    public sealed record Umount(IReadOnlyList<ContainerId> Containers) : Request
    {
        /// <inheritdoc/>
        public bool Equals(Umount? other) => other is not null && Values.Equal(Containers, other.Containers);

        /// <inheritdoc/>
        public override int GetHashCode() => Values.Hash(Containers);
    }

    /// <summary>Removes a container.</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Wipe">Whether its persistent directory, shared by all versions, goes too.</param>
    public sealed record Uninstall(ContainerId Container, bool Wipe) : Request;

    /// <summary>
    /// Reads all of a stored package again (extension <see cref="ProtocolExtensions.Verify"/>). <see cref="Notification.Verifying"/> comes now and then
    /// before the answer; damage counts as damage that is met at run time.
    /// </summary>
    /// <param name="Container">The container.</param>
    public sealed record Verify(ContainerId Container) : Request;
}
