// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>The answer to a request. A closed hierarchy.</summary>
public abstract record Response : Message
{
    private Response()
    {
    }

    /// <summary>The identity of the connection.</summary>
    /// <param name="Container">The container that owns the connection; <c>extern:0.0.0</c> for external clients.</param>
    public sealed record Ident(ContainerId Container) : Response;

    /// <summary>The data of one container, or why there is none. Exactly one of <see cref="Data"/> and <see cref="Error"/> is set.</summary>
    public sealed record Inspect : Response
    {
        /// <summary>Makes a successful answer.</summary>
        public Inspect(ContainerId container, InspectData data) => (Container, Data) = (container, data);

        /// <summary>Makes a failed answer.</summary>
        public Inspect(ContainerId container, ApiError error) => (Container, Error) = (container, error);

        /// <summary>Gets the container of the request.</summary>
        public ContainerId Container { get; }

        /// <summary>Gets the data, or null when it failed.</summary>
        public InspectData? Data { get; }

        /// <summary>Gets why it failed, or null.</summary>
        public ApiError? Error { get; }
    }

    /// <summary>The container that was installed, or why none was. Exactly one of <see cref="Container"/> and <see cref="Error"/> is set.</summary>
    public sealed record Install : Response
    {
        /// <summary>Makes a successful answer.</summary>
        public Install(ContainerId container) => Container = container;

        /// <summary>Makes a failed answer.</summary>
        public Install(ApiError error) => Error = error;

        /// <summary>Gets the container, or null when it failed.</summary>
        public ContainerId? Container { get; }

        /// <summary>Gets why it failed, or null.</summary>
        public ApiError? Error { get; }
    }

    /// <summary>Whether the signal was sent.</summary>
    /// <param name="Result">The container of the request and the error, if any.</param>
    public sealed record Kill(ContainerResult Result) : Response;

    /// <summary>All installed containers, in no particular order.</summary>
    /// <param name="Containers">The containers.</param>
    public sealed record List(IReadOnlyList<ContainerId> Containers) : Response
    {
        /// <inheritdoc/>
        public bool Equals(List? other) => other is not null && Values.Equal(Containers, other.Containers);

        /// <inheritdoc/>
        public override int GetHashCode() => Values.Hash(Containers);
    }

    /// <summary>The result of a mount, one for each container in the order of the request.</summary>
    /// <param name="Results">The results.</param>
    public sealed record Mount(IReadOnlyList<ContainerResult> Results) : Response
    {
        /// <inheritdoc/>
        public bool Equals(Mount? other) => other is not null && Values.Equal(Results, other.Results);

        /// <inheritdoc/>
        public override int GetHashCode() => Values.Hash(Results);
    }

    /// <summary>Whether the container is followed now (extension <see cref="ProtocolExtensions.Output"/>).</summary>
    /// <param name="Result">The container of the request and the error, if any.</param>
    public sealed record OutputSubscribe(ContainerResult Result) : Response;

    /// <summary>The container is not followed any more (extension <see cref="ProtocolExtensions.Output"/>).</summary>
    /// <param name="Result">The container of the request.</param>
    public sealed record OutputUnsubscribe(ContainerResult Result) : Response;

    /// <summary>The connection lacks the permission for a request.</summary>
    /// <param name="Request">The request.</param>
    public sealed record PermissionDenied(Request Request) : Response;

    /// <summary>The identifiers of all repositories, each once, in no particular order.</summary>
    /// <param name="Identifiers">The identifiers.</param>
    public sealed record Repositories(IReadOnlyList<string> Identifiers) : Response
    {
        /// <inheritdoc/>
        public bool Equals(Repositories? other) => other is not null && Values.Equal(Identifiers, other.Identifiers);

        /// <inheritdoc/>
        public override int GetHashCode() => Values.Hash(Identifiers);
    }

    /// <summary>Whether the lowest version was set (extension <see cref="ProtocolExtensions.Floor"/>).</summary>
    /// <param name="Result">The container of the request and the error, if any.</param>
    public sealed record SetFloor(ContainerResult Result) : Response;

    /// <summary>The runtime is shutting down.</summary>
    public sealed record Shutdown : Response;

    /// <summary>Whether the container was started.</summary>
    /// <param name="Result">The container of the request and the error, if any.</param>
    public sealed record Start(ContainerResult Result) : Response;

    /// <summary>The state and the consumption of all containers, in no particular order (extension <see cref="ProtocolExtensions.Statistics"/>).</summary>
    /// <param name="Containers">The containers.</param>
    public sealed record Statistics(IReadOnlyList<ContainerStatistics> Containers) : Response
    {
        /// <inheritdoc/>
        public bool Equals(Statistics? other) => other is not null && Values.Equal(Containers, other.Containers);

        /// <inheritdoc/>
        public override int GetHashCode() => Values.Hash(Containers);
    }

    /// <summary>The token that was created (<c>token</c> on the wire).</summary>
    /// <param name="Token">The token.</param>
    public sealed record TokenCreate(Token Token) : Response;

    /// <summary>The outcome of a verification (<c>token_verification</c> on the wire).</summary>
    /// <param name="Verification">The outcome.</param>
    public sealed record TokenVerify(TokenVerification Verification) : Response;

    /// <summary>The result of an unmount, one for each container in the order of the request.</summary>
    /// <param name="Results">The results.</param>
    public sealed record Umount(IReadOnlyList<ContainerResult> Results) : Response
    {
        /// <inheritdoc/>
        public bool Equals(Umount? other) => other is not null && Values.Equal(Results, other.Results);

        /// <inheritdoc/>
        public override int GetHashCode() => Values.Hash(Results);
    }

    /// <summary>Whether the container was removed.</summary>
    /// <param name="Result">The container of the request and the error, if any.</param>
    public sealed record Uninstall(ContainerResult Result) : Response;

    /// <summary>Whether the package is what was signed, or what was packed without a key (extension <see cref="ProtocolExtensions.Verify"/>).</summary>
    /// <param name="Result">The container of the request and the error, if any.</param>
    public sealed record Verify(ContainerResult Result) : Response;

    /// <summary>Tells whether this can be the answer to a request.</summary>
    internal bool Answers(Request request) => (request, this) switch
    {
        (_, PermissionDenied) => true,
        (Request.Mount r, Mount m) => r.Containers.Count == m.Results.Count,
        (Request.Umount r, Umount m) => r.Containers.Count == m.Results.Count,
        (Request.Ident, Ident) or (Request.Inspect, Inspect) or (Request.Install, Install) or (Request.Kill, Kill) or (Request.List, List)
            or (Request.Repositories, Repositories) or (Request.Shutdown, Shutdown) or (Request.Start, Start)
            or (Request.TokenCreate, TokenCreate) or (Request.TokenVerify, TokenVerify) or (Request.Uninstall, Uninstall)
            or (Request.OutputSubscribe, OutputSubscribe) or (Request.OutputUnsubscribe, OutputUnsubscribe) or (Request.Statistics, Statistics)
            or (Request.SetFloor, SetFloor) or (Request.Verify, Verify) => true,
        _ => false,
    };
}
