<?php
/**
 * Checks a comment by Connect's protocol; needs nothing but PHP:
 *
 *   php check.php http://127.0.0.1:7712 "A *fine* point"
 *
 * What sluice_check returns is CheckCommentResponse of moderation_service.proto: publish `html` if the verdict is
 * VERDICT_ACCEPT, tell the author to wait if it is VERDICT_HOLD.
 */

/** @throws RuntimeException with the reason, if there is no answer; keep the comment back then, and ask again. */
function sluice_check(string $url, array $comment, ?string $key = null): array
{
	$headers = ['Content-Type: application/json', 'Connect-Timeout-Ms: 5000'];
	if ($key !== null) {
		$headers[] = "Authorization: Bearer $key";
	}
	$context = stream_context_create(['http' => [
		'method' => 'POST', 'header' => $headers, 'content' => json_encode(['comment' => $comment], JSON_THROW_ON_ERROR),
		'timeout' => 6, 'ignore_errors' => true, 'follow_location' => 0,
	]]);
	$body = @file_get_contents("$url/sluice.v1.ModerationService/CheckComment", false, $context);
	$answer = $body === false ? null : json_decode($body, true);
	if (!is_array($answer)) {
		throw new RuntimeException('the gate does not answer');
	}
	if (isset($answer['code'])) {
		throw new RuntimeException($answer['code'] . ': ' . ($answer['message'] ?? ''));
	}
	return $answer;
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
	try {
		$answer = sluice_check($argv[1], ['name' => 'sites/default', 'body' => $argv[2], 'author' => ['name' => 'Ann']],
			getenv('SLUICE_KEY') ?: null);
		echo json_encode(['verdict' => $answer['decision']['verdict'], 'html' => $answer['html'] ?? '']), "\n";
	} catch (RuntimeException $error) {
		fwrite(STDERR, $error->getMessage() . "\n");
		exit(1);
	}
}
