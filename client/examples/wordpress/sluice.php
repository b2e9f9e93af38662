<?php
/**
 * Plugin Name: Akismet by Sluice
 * Description: Sends what the Akismet plugin asks to a Sluice server. Put this file into wp-content/mu-plugins/, and in
 * wp-config.php: define('SLUICE_URL', 'https://gate.example.org');
 */
add_filter('pre_http_request', function ($response, $args, $url) {
	$parts = wp_parse_url($url);
	if (!defined('SLUICE_URL') || !preg_match('/(^|\.)rest\.akismet\.com$/', $parts['host'] ?? '')) {
		return $response;
	}
	$target = rtrim(SLUICE_URL, '/') . ($parts['path'] ?? '/') . (isset($parts['query']) ? '?' . $parts['query'] : '');
	return wp_remote_request($target, $args);
}, 10, 3);
