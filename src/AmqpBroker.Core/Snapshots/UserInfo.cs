using AmqpBroker.Core.Users;

namespace AmqpBroker.Core.Snapshots;

/// <summary>An account.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PasswordHash">Salt and hash; empty: nobody can log in with a password.</param>
/// <param name="Hashing">How the password was hashed.</param>
/// <param name="Tags">What it may do in management.</param>
/// <param name="Limits">What it may have at a time.</param>
public sealed record UserInfo(string Name, ReadOnlyMemory<byte> PasswordHash, PasswordHashing Hashing, IReadOnlyList<string> Tags, UserLimits Limits);
